import { describe, expect, it } from 'vitest'

import {
  microphoneProblem,
  PHONE_OFF,
  reducePhone,
  type PhoneEvent,
  type PhoneState,
} from '@/shared/phone/phoneState'

const after = (...events: PhoneEvent[]): PhoneState => events.reduce(reducePhone, PHONE_OFF)

describe('the browser phone', () => {
  it('keeps a running talk when the signalling breaks', () => {
    const state = after(
      { type: 'registered' },
      { type: 'incoming', callId: 'c1' },
      { type: 'confirmed' },
      { type: 'disconnected' },
    )
    expect(state).toMatchObject({
      audio: 'active',
      registration: 'connecting',
      problem: 'connection_lost',
      callId: 'c1',
    })
  })

  it('forgets the trouble once it is registered again', () => {
    expect(after({ type: 'registered' }, { type: 'disconnected' }, { type: 'registered' }).problem).toBeNull()
  })

  it('keeps a microphone trouble over a new registration', () => {
    expect(after({ type: 'mic_problem', problem: 'mic_denied' }, { type: 'registered' }).problem).toBe(
      'mic_denied',
    )
  })

  it('says nothing of a disconnection it made itself', () => {
    expect(after({ type: 'registered' }, { type: 'stopped' }, { type: 'disconnected' })).toEqual(PHONE_OFF)
  })

  it('remembers why a call failed until the next one', () => {
    const failed = after({ type: 'calling' }, { type: 'failed', status: 486 })
    expect(failed).toMatchObject({ audio: 'none', failedWith: 486 })
    expect(reducePhone(failed, { type: 'calling' }).failedWith).toBe(0)
  })

  it.each([
    ['NotAllowedError', 'mic_denied'],
    ['NotFoundError', 'mic_missing'],
    ['NotReadableError', 'mic_busy'],
    ['InsecureContextError', 'mic_insecure'],
    ['Whatever', 'mic_failed'],
  ])('names %s as %s', (name, problem) => {
    expect(microphoneProblem(new DOMException('', name))).toBe(problem)
  })
})
