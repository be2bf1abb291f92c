import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { headline, liveEventOf, NOTHING_LIVE, reduceLive, type LiveState } from '@/features/live/liveState'
import type { LiveChange } from '@/shared/api/types'

import { aCall, anAgent, aQueue, aSnapshot } from '../samples'

const start = (): LiveState =>
  reduceLive(NOTHING_LIVE, { type: 'snapshot', snapshot: aSnapshot({ calls: [aCall('c1')] }) })
const after = (state: LiveState, ...changes: LiveChange[]): LiveState =>
  reduceLive(state, { type: 'changes', changes })
const change = (seq: number, rest: Partial<LiveChange> = {}): LiveChange => ({
  seq,
  at: '2026-11-22T08:00:01Z',
  engine_up: true,
  ...rest,
})

describe('the live view', () => {
  it('adds, changes and removes calls by their ids', () => {
    let state = after(start(), change(11, { calls: [aCall('c1', { phase: 'ringing' }), aCall('c2')] }))
    expect(state.calls.get('c1')?.phase).toBe('ringing')
    state = after(state, change(12, { ended_calls: ['c1'] }))
    expect([...state.calls.keys()]).toEqual(['c2'])
  })

  it('notices a gap and changes nothing until a new snapshot', () => {
    const gap = after(start(), change(13, { ended_calls: ['c1'] }))
    expect(gap.gap).toBe(true)
    expect(gap.calls.has('c1')).toBe(true)
    expect(reduceLive(gap, { type: 'snapshot', snapshot: aSnapshot({ seq: 13 }) }).gap).toBe(false)
  })

  it('ends the same however often changes are repeated', () => {
    const changes = [11, 12, 13, 14].map((seq) =>
      change(seq, { calls: [aCall(`c${seq}`)], ended_calls: [`c${seq - 1}`] }),
    )
    const play = (order: LiveChange[]): LiveState => order.reduce((state, one) => after(state, one), start())
    const once = play(changes)
    fc.assert(
      fc.property(fc.array(fc.nat(3)), (repeats) => {
        const noisy = changes.flatMap((one, index) => [
          one,
          ...repeats.filter((r) => r <= index).map((r) => changes[r] ?? one),
        ])
        const state = play(noisy)
        expect(state.seq).toBe(once.seq)
        expect([...state.calls.keys()]).toEqual([...once.calls.keys()])
        expect(after(start(), ...noisy)).toEqual(once)
      }),
    )
  })

  it('adds up its headline from queues and agents', () => {
    const state = reduceLive(NOTHING_LIVE, {
      type: 'snapshot',
      snapshot: aSnapshot({
        agents: [
          anAgent(),
          anAgent({ agent_id: 'a2', state: 'talking' }),
          anAgent({ agent_id: 'a3', state: 'offline' }),
        ],
        queues: [
          aQueue('q1', {
            waiting: 2,
            longest_wait_since: '2026-11-22T07:59:00Z',
          }),
          aQueue('q2', {
            waiting: 1,
            longest_wait_since: '2026-11-22T07:58:00Z',
          }),
        ],
      }),
    })
    expect(headline(state)).toMatchObject({
      waiting: 3,
      longestWaitSince: '2026-11-22T07:58:00Z',
      talking: 1,
      ready: 1,
      signedIn: 2,
    })
  })

  it('takes changes one by one or in bursts', () => {
    expect(liveEventOf({ type: 'change', change: change(11) })).toEqual({
      type: 'changes',
      changes: [change(11)],
    })
    const burst = { type: 'changes' as const, changes: [change(11), change(12)] }
    expect(liveEventOf(burst)).toEqual(burst)
  })

  it('keeps what came before a gap inside a burst, and copies nothing that did not change', () => {
    const before = start()
    const state = after(before, change(11, { calls: [aCall('c9')] }), change(13))
    expect([state.seq, state.gap, state.calls.has('c9')]).toEqual([11, true, true])
    expect(state.agents).toBe(before.agents)
    expect(after(before, change(9))).toBe(before)
  })

  it('adds up the headline of one queue alone', () => {
    const state = reduceLive(NOTHING_LIVE, {
      type: 'snapshot',
      snapshot: aSnapshot({
        agents: [anAgent({ queues: ['q1'] }), anAgent({ agent_id: 'a2', queues: ['q2'] })],
        queues: [aQueue('q1', { waiting: 2 }), aQueue('q2', { waiting: 5 })],
      }),
    })
    expect(headline(state, 'q2')).toMatchObject({ waiting: 5, ready: 1, signedIn: 1 })
  })
})
