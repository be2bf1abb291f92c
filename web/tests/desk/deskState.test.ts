import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  isRinging,
  needsReattach,
  NO_DESK,
  possibleCommands,
  reduceDesk,
  signedInWith,
} from '@/features/desk/deskState'
import { PHONE_OFF, type PhoneState } from '@/shared/phone/phoneState'

import { aDesk, aDeskCall } from '../samples'

const registered: PhoneState = { ...PHONE_OFF, registration: 'registered' }

describe('the desk', () => {
  it('never goes back in time, whatever order messages come in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1 }), (seqs) => {
        let state = reduceDesk(NO_DESK, {
          type: 'message',
          message: { type: 'snapshot', seq: 0, desk: aDesk() },
        })
        for (const seq of seqs) {
          const desk = aDesk({ reason: String(seq) })
          state = reduceDesk(state, { type: 'message', message: { type: 'desk', seq, desk } })
        }
        const highest = Math.max(0, ...seqs)
        expect(state.seq).toBe(highest)
        expect(state.desk?.agent.reason).toBe(String(highest))
      }),
    )
  })

  it('hears of calls to pick up, which change without a change of its own', () => {
    const said = (pickable_count: number): Parameters<typeof reduceDesk>[1] => ({
      type: 'message',
      message: { type: 'desk', seq: 7, desk: { ...aDesk(), pickable_count } },
    })
    const state = reduceDesk(reduceDesk(NO_DESK, said(0)), said(2))
    expect(state.desk?.pickable_count).toBe(2)
  })

  it('takes a snapshot after a restart of the server, though its numbers begin again', () => {
    const before = { ...NO_DESK, seq: 900, desk: aDesk() }
    const after = reduceDesk(before, {
      type: 'message',
      message: { type: 'snapshot', seq: 3, desk: aDesk({ state: 'busy' }) },
    })
    expect(after.seq).toBe(3)
    expect(after.desk?.agent.state).toBe('busy')
  })

  it('keeps what the socket said when the first request answers late', () => {
    const live = reduceDesk(NO_DESK, {
      type: 'message',
      message: { type: 'snapshot', seq: 1, desk: aDesk({ state: 'talking' }) },
    })
    expect(reduceDesk(live, { type: 'fetched', desk: aDesk({ state: 'ready' }) })).toBe(live)
  })
})

describe('what can be done', () => {
  const commands = (state: Parameters<typeof aDesk>[0], call = aDeskCall()): string[] =>
    [...possibleCommands(aDesk(state, call))].sort()

  it('offers nothing before signing in', () => {
    expect(possibleCommands(aDesk({ state: 'offline' })).size).toBe(0)
    expect(possibleCommands(null).size).toBe(0)
  })

  it('offers to answer or refuse while ringing, and not to leave', () => {
    const can = commands({ state: 'ringing' }, aDeskCall({ phase: 'ringing' }))
    expect(can).toContain('answer')
    expect(can).toContain('hangup')
    expect(can).not.toContain('signOut')
    expect(can).not.toContain('dial')
  })

  it.each([
    ['talking', {}, 'hold', 'retrieve'],
    ['holding', { phase: 'holding' as const }, 'retrieve', 'hold'],
    ['talking', { muted: true }, 'unmute', 'mute'],
    ['talking', { recording_paused: true }, 'recordResume', 'recordPause'],
  ] as const)('offers in %s %o: %s and not %s', (state, change, yes, no) => {
    const can = commands({ state }, aDeskCall(change))
    expect(can).toContain(yes)
    expect(can).not.toContain(no)
  })

  it('offers to finish after-call work and to leave then', () => {
    expect(commands({ state: 'after_call' }, aDeskCall({ phase: 'wrap_up' }))).toEqual(
      expect.arrayContaining(['finish', 'signOut', 'dial']),
    )
  })

  it('does not offer the state that is already coming', () => {
    expect(commands({ state: 'talking', next_state: 'rest' })).not.toContain('rest')
    expect(commands({ state: 'talking', next_state: 'rest' })).toContain('ready')
  })
})

describe('coming back into a call', () => {
  it('is needed when the server talks and this page is silent', () => {
    expect(needsReattach(aDesk({ state: 'talking' }, aDeskCall()), registered)).toBe(true)
    expect(needsReattach(aDesk({ state: 'talking' }, aDeskCall({ phase: 'interrupted' })), registered)).toBe(
      true,
    )
  })

  it.each([
    ['the phone is not registered yet', aDesk({ state: 'talking' }, aDeskCall()), PHONE_OFF],
    ['audio runs', aDesk({ state: 'talking' }, aDeskCall()), { ...registered, audio: 'active' as const }],
    [
      'the call is coming in',
      aDesk({ state: 'talking' }, aDeskCall()),
      { ...registered, audio: 'incoming' as const },
    ],
    [
      'a colleague has taken the talk on',
      aDesk({ state: 'after_call' }, aDeskCall({ phase: 'talking' })),
      registered,
    ],
    ['there is no call', aDesk({ state: 'ready' }), registered],
    ['the call only rings', aDesk({ state: 'ringing' }, aDeskCall({ phase: 'ringing' })), registered],
    [
      'the agent talks on the desk phone',
      aDesk({ state: 'talking', device_id: '1001' }, aDeskCall()),
      registered,
    ],
  ])('is not needed when %s', (_why, desk, phone) => {
    expect(needsReattach(desk, phone)).toBe(false)
  })

  it('knows the device by what the agent signed in with', () => {
    expect(signedInWith(aDesk({ device_id: '1001' }))).toBe('desk')
    expect(signedInWith(aDesk())).toBe('browser')
    expect(signedInWith(aDesk({ state: 'offline' }))).toBeNull()
  })

  it('rings only with a call in hand', () => {
    expect(isRinging(aDesk({ state: 'ringing' }, aDeskCall()))).toBe(true)
    expect(isRinging(aDesk({ state: 'ringing' }))).toBe(false)
  })
})
