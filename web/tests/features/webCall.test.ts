import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent } from 'vue'

import * as webCallApi from '@/features/webcall/api'
import { useWebCall } from '@/features/webcall/webCall'
import type { BrowserPhone } from '@/shared/phone/browserPhone'
import type { PhoneEvent } from '@/shared/phone/phoneState'

let emit: (event: PhoneEvent) => void
const phone = {
  start: vi.fn(() => emit({ type: 'connecting' })),
  stop: vi.fn(() => emit({ type: 'stopped' })),
  drop: vi.fn(),
  call: vi.fn(async () => undefined),
  answer: vi.fn(async () => undefined),
  hangUp: vi.fn(),
  setMuted: vi.fn(),
  sendDigit: vi.fn(),
  localStream: () => null,
} satisfies BrowserPhone

function line() {
  let made: ReturnType<typeof useWebCall> | undefined
  const page = mount(
    defineComponent({
      setup() {
        made = useWebCall((given) => {
          emit = given
          return phone
        })
        return () => null
      },
    }),
  )
  return { page, line: made! }
}
const say = async (...events: PhoneEvent[]): Promise<void> => {
  for (const event of events) {
    emit(event)
    await flushPromises()
  }
}

beforeEach(() => {
  vi.clearAllMocks()
  vi.useFakeTimers()
  vi.spyOn(webCallApi, 'openWebCall').mockResolvedValue({
    ws_url: '/sip',
    uri: 'sip:guest-1@hotline',
    authorization_user: 'u',
    password: 'p',
    realm: 'hotline',
    target: 'sip:12345@hotline',
    ice_servers: [],
  })
})
afterEach(() => vi.useRealTimers())

describe('a citizen’s call', () => {
  it('goes from idle to connected to ended', async () => {
    const { line: call } = line()
    await call.call('12345')
    await say({ type: 'registered' })
    expect(phone.call).toHaveBeenCalledExactlyOnceWith('sip:12345@hotline')
    await say({ type: 'calling' }, { type: 'confirmed' })
    expect(call.phase.value).toBe('connected')
    await say({ type: 'ended' })
    expect(call.phase.value).toBe('ended')
    expect(phone.stop).toHaveBeenCalled()
  })

  it('keeps saying what is wrong with the microphone after the telephone was put away', async () => {
    const { line: call } = line()
    await call.call('12345')
    await say({ type: 'registered' }, { type: 'mic_problem', problem: 'mic_denied' })
    expect(call.phase.value).toBe('failed')
    expect(call.problem.value).toBe('mic_denied')
  })

  it('says busy when the lines are', async () => {
    const { line: call } = line()
    await call.call('12345')
    await say({ type: 'registered' }, { type: 'calling' }, { type: 'failed', status: 503 })
    expect([call.phase.value, call.failure.value]).toEqual(['failed', 'busy'])
  })

  it('gives up when nothing happens for too long', async () => {
    const { line: call } = line()
    await call.call('12345')
    vi.advanceTimersByTime(30_000)
    expect([call.phase.value, call.failure.value]).toEqual(['failed', 'unavailable'])
  })

  it('does not call twice for a double press', async () => {
    const { line: call } = line()
    await Promise.all([call.call('12345'), call.call('12345')])
    expect(webCallApi.openWebCall).toHaveBeenCalledOnce()
  })
})
