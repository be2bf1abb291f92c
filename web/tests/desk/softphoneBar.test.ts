import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import SoftphoneBar from '@/features/desk/components/SoftphoneBar.vue'
import { createDesk, DESK_KEY, type Desk } from '@/features/desk/desk'
import { deskApi } from '@/features/desk/api'
import type { DeskSnapshot } from '@/shared/api/types'
import type { BrowserPhone } from '@/shared/phone/browserPhone'
import type { PhoneEvent } from '@/shared/phone/phoneState'

import { eventually } from '../eventually'
import { aDesk, aDeskCall } from '../samples'

class QuietSocket extends EventTarget {
  static last: QuietSocket
  static readonly OPEN = 1
  readyState = 1
  constructor() {
    super()
    QuietSocket.last = this
  }
  say(message: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }))
  }
  close(): void {}
}

let emit: (event: PhoneEvent) => void
const phone = {
  start: vi.fn(),
  stop: vi.fn(),
  drop: vi.fn(),
  call: vi.fn(),
  answer: vi.fn(async () => undefined),
  hangUp: vi.fn(),
  setMuted: vi.fn(),
  sendDigit: vi.fn(),
  localStream: () => null,
} satisfies BrowserPhone

let desk: Desk
let seq = 0
const tell = async (snapshot: DeskSnapshot): Promise<void> => {
  QuietSocket.last.say({ type: 'desk', seq: ++seq, desk: snapshot })
  await flushPromises()
}
const mountBar = () =>
  mount(SoftphoneBar, {
    global: { provide: { [DESK_KEY as symbol]: desk }, mocks: {}, stubs: { teleport: true } },
    attachTo: document.body,
  })

vi.mock('vue-router', () => ({ useRouter: () => ({ push: vi.fn() }) }))
vi.mock('@/shared/phone/tones', () => ({ createRinger: () => ({ start: vi.fn(), stop: vi.fn() }) }))

beforeEach(() => {
  vi.stubGlobal('WebSocket', QuietSocket)
  vi.clearAllMocks()
  vi.spyOn(deskApi, 'me').mockResolvedValue(aDesk())
  vi.spyOn(deskApi, 'phone').mockResolvedValue({
    ws_url: '/sip',
    uri: 'sip:1001-web@hotline',
    authorization_user: 'u',
    password: 'p',
    realm: 'hotline',
    ice_servers: [],
  })
  desk = createDesk({
    owner: '1001',
    token: () => 't',
    makePhone: (given) => {
      emit = given
      return phone
    },
  })
  desk.open()
})
afterEach(() => {
  desk.close()
  vi.unstubAllGlobals()
})

describe('the softphone bar', () => {
  it('lets an idle agent only dial, rest, be busy and leave', async () => {
    const bar = mountBar()
    await tell(aDesk())
    const enabled = bar
      .findAll<HTMLButtonElement>('.bar-button')
      .filter((button) => !button.element.disabled)
      .map((button) => button.attributes('data-test'))
    expect(enabled.sort()).toEqual(['busy', 'dial', 'rest', 'sign-out'])
    bar.unmount()
  })

  it('answers in the browser by its own phone', async () => {
    const bar = mountBar()
    await tell(aDesk({ state: 'ringing' }, aDeskCall({ phase: 'ringing' })))
    emit({ type: 'registered' })
    emit({ type: 'incoming', callId: 'c1' })
    await bar.get('[data-test=answer]').trigger('click')
    expect(phone.answer).toHaveBeenCalledOnce()
    bar.unmount()
  })

  it('waits for its own phone when the desk hears of the call first', async () => {
    const act = vi.spyOn(deskApi, 'act').mockResolvedValue(undefined as never)
    const bar = mountBar()
    await tell(aDesk({ state: 'ringing' }, aDeskCall({ phase: 'ringing' })))
    emit({ type: 'registered' })
    await bar.get('[data-test=answer]').trigger('click')
    expect(phone.answer).not.toHaveBeenCalled()
    emit({ type: 'incoming', callId: 'c1' })
    await flushPromises()
    expect(phone.answer).toHaveBeenCalledOnce()
    expect(act).not.toHaveBeenCalled()
    bar.unmount()
  })

  it('asks the server when the desk phone rings', async () => {
    const act = vi.spyOn(deskApi, 'act').mockResolvedValue(undefined as never)
    const bar = mountBar()
    await tell(aDesk({ state: 'ringing', device_id: '1001' }, aDeskCall({ phase: 'ringing' })))
    await bar.get('[data-test=answer]').trigger('click')
    expect(phone.answer).not.toHaveBeenCalled()
    expect(act).toHaveBeenCalledWith('c1', 'answer')
    bar.unmount()
  })

  it('sends one hold for a double click', async () => {
    let finish: () => void = () => undefined
    const act = vi
      .spyOn(deskApi, 'act')
      .mockReturnValue(new Promise((resolve) => (finish = () => resolve(undefined as never))))
    const bar = mountBar()
    await tell(aDesk({ state: 'talking' }, aDeskCall()))
    const hold = bar.get('[data-test=hold]')
    await Promise.all([hold.trigger('click'), hold.trigger('click')])
    expect(act).toHaveBeenCalledOnce()
    finish()
    await flushPromises()
    bar.unmount()
  })

  it('works by keys, and only when the action is possible', async () => {
    const act = vi.spyOn(deskApi, 'act').mockResolvedValue(undefined as never)
    const bar = mountBar()
    await tell(aDesk())
    window.dispatchEvent(new KeyboardEvent('keydown', { altKey: true, code: 'KeyH' }))
    expect(act).not.toHaveBeenCalled()
    await tell(aDesk({ state: 'talking' }, aDeskCall()))
    window.dispatchEvent(new KeyboardEvent('keydown', { altKey: true, code: 'KeyH' }))
    expect(act).toHaveBeenCalledWith('c1', 'hangup')
    bar.unmount()
  })

  it('closes the microphone when the server says the call is muted, also after a reload', async () => {
    const bar = mountBar()
    await tell(aDesk({ state: 'talking' }, aDeskCall({ muted: true })))
    emit({ type: 'confirmed' })
    await flushPromises()
    expect(phone.setMuted).toHaveBeenLastCalledWith(true)
    bar.unmount()
  })

  it('starts its phone by itself when the agent is signed in with the browser', async () => {
    const bar = mountBar()
    await tell(aDesk())
    expect(phone.start).toHaveBeenCalledOnce()
    bar.unmount()
  })

  it('says in plain words that the browser refuses the microphone', async () => {
    const bar = mountBar()
    await tell(aDesk())
    emit({ type: 'mic_problem', problem: 'mic_denied' })
    await flushPromises()
    expect(bar.get('[data-test=phone-problem]').text()).toContain('浏览器不允许使用麦克风')
    bar.unmount()
  })

  it('falls silent when a later window of the agent takes the desk, until it is taken back', async () => {
    const bar = mountBar()
    await tell(aDesk({ state: 'ringing' }, aDeskCall({ phase: 'ringing' })))
    const other = new BroadcastChannel('hotline.desk.1001')
    const toldOther = vi.fn()
    other.addEventListener('message', toldOther)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target; the rule means windows
    other.postMessage('taken')
    await eventually(() => expect(phone.drop).toHaveBeenCalledOnce())
    await flushPromises()
    expect(bar.findAll('.bar-button').filter((one) => !('disabled' in one.attributes()))).toEqual([])
    await bar.get('[data-test=take-over]').trigger('click')
    await eventually(() => expect(toldOther).toHaveBeenCalled())
    expect(bar.find('[data-test=displaced]').exists()).toBe(false)
    expect(phone.start).toHaveBeenCalledTimes(2)
    other.close()
    bar.unmount()
  })
})
