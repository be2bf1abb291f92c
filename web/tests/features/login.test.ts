import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { createPinia, setActivePinia } from 'pinia'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import LoginPage from '@/features/session/LoginPage.vue'
import { useSession } from '@/shared/session/session'

import { eventually } from '../eventually'

const replace = vi.fn()
const route = { query: {} as Record<string, string> }
vi.mock('vue-router', () => ({ useRoute: () => route, useRouter: () => ({ replace }) }))

const ME = {
  id: 'u1',
  username: '1001',
  name: '李婷',
  role: 'agent',
  role_name: '座席',
  permissions: ['desk.use'],
  authority: { id: 'o', name: '中心' },
  agent: { id: 'u1', number: '1001' },
  must_change_password: false,
}
const server = setupServer(
  http.get('*/api/v1/start', () => HttpResponse.json({ demo: false, organisation: '中心', hints: null })),
  http.post('*/api/v1/session', async ({ request }) => {
    const { password } = (await request.json()) as { password: string }
    return password === 'right'
      ? HttpResponse.json({ token: 't1', expires_at: '2026-11-23T00:00:00Z', user: ME }, { status: 201 })
      : HttpResponse.json(
          { error: { code: 'wrong_password', message: '账号或密码不正确', details: {} } },
          { status: 401 },
        )
  }),
)
beforeAll(() => server.listen())
afterAll(() => server.close())
afterEach(() => server.resetHandlers())

const page = () =>
  mount(LoginPage, {
    global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]], stubs: { RouterLink: true } },
  })
async function logIn(form: ReturnType<typeof page>, username: string, password: string): Promise<void> {
  await form.get('input[name=username]').setValue(username)
  await form.get('input[name=password]').setValue(password)
  await form.get('form').trigger('submit')
  await eventually(() => expect(form.find('.is-loading').exists()).toBe(false))
  await flushPromises()
}

describe('log-in', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    route.query = {}
    replace.mockClear()
  })

  it('asks for both fields without bothering the server', async () => {
    const form = page()
    await logIn(form, '', '')
    expect(form.get('[role=alert]').text()).toBe('请输入账号')
    await logIn(form, '1001', '')
    expect(form.get('[role=alert]').text()).toBe('请输入密码')
  })

  it('says what the server says, and keeps nobody logged in', async () => {
    const form = page()
    await logIn(form, '1001', 'wrong')
    await eventually(() => expect(form.get('[role=alert]').text()).toBe('账号或密码不正确'))
    expect(useSession().token).toBeNull()
  })

  it('opens the session and goes where one was going', async () => {
    route.query = { next: '/desk' }
    await logIn(page(), '1001', 'right')
    await eventually(() => expect(replace).toHaveBeenCalledWith('/desk'))
    expect(useSession().may('desk.use')).toBe(true)
    expect(useSession().may('users.manage')).toBe(false)
  })

  it('is not sent to another site by a prepared address', async () => {
    route.query = { next: '//evil.example/' }
    await logIn(page(), '1001', 'right')
    await eventually(() => expect(replace).toHaveBeenCalledWith('/'))
  })

  it('says why one is here again', () => {
    route.query = { next: '/live', why: 'expired' }
    expect(page().get('[data-test=why-here]').text()).toContain('登录已过期')
  })

  it('goes back by itself when the server answers again', async () => {
    let asked = 0
    server.use(
      http.get('*/api/v1/session', () =>
        ++asked === 1 ? HttpResponse.json({}, { status: 503 }) : HttpResponse.json(ME),
      ),
    )
    useSession().token = 't1'
    route.query = { next: '/calls', why: 'unreachable' }
    const door = page()
    await eventually(() => expect(replace).toHaveBeenCalledWith('/calls'))
    expect(asked).toBe(2)
    door.unmount()
  })
})
