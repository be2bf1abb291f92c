import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import SurveyPage from '@/features/surveys/SurveyPage.vue'

const server = vi.hoisted(() => ({ page: {}, sent: [] as unknown[] }))
vi.mock('@/shared/api/client', async (original) => ({
  ...(await original<object>()),
  api: {
    GET: async () => server.page,
    POST: async (_: string, { body }: { body: unknown }) => server.sent.push(body),
  },
  unwrap: async (answer: Promise<unknown>) => answer,
}))

const choice = (key: string, satisfied: boolean) => ({ key, label: `<b>${key}</b>`, satisfied })
const OPEN = {
  state: 'open',
  question: '满意吗',
  grades: [choice('1', true), choice('3', false)],
  second: { question: '解决了吗', grades: [choice('1', true), choice('2', false)], only_unsatisfied: true },
  thanks: '谢谢',
}

async function opened(page: object) {
  server.page = page
  const wrapper = mount(SurveyPage, {
    props: { token: 't' },
    global: { plugins: [VueQueryPlugin] },
  })
  await flushPromises()
  return wrapper
}

describe('the page of a survey', () => {
  beforeEach(() => (server.sent = []))

  it('asks the second question only of who is not satisfied, and sends both answers once', async () => {
    const page = await opened(OPEN)
    expect(page.html()).toContain('&lt;b&gt;1&lt;/b&gt;')
    await page.find('input[value="1"]').setValue(true)
    expect(page.findAll('fieldset')).toHaveLength(1)
    await page.find('input[value="3"]').setValue(true)
    expect(page.findAll('fieldset')).toHaveLength(2)
    expect(page.find('[data-test=survey-submit]').attributes('disabled')).toBeDefined()
    await page.findAll('input[name=second]')[1]!.setValue(true)
    await page.find('form').trigger('submit')
    await flushPromises()
    expect(server.sent).toEqual([{ grade: '3', second: '2' }])
    expect(page.find('[data-test=survey-done]').text()).toContain('谢谢')
  })

  it.each(['answered', 'expired'])('says that it is %s', async (state) => {
    const page = await opened({ state, grades: [], second: null, question: '', thanks: '' })
    expect(page.find('[data-test=survey-notice]').exists()).toBe(true)
    expect(page.find('form').exists()).toBe(false)
  })
})
