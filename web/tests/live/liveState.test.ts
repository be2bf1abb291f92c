import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { agentsInOrder, headline, NOTHING_LIVE, reduceLive, type LiveState } from '@/features/live/liveState'
import type { LiveChange } from '@/shared/api/types'

import { aCall, anAgent, aQueue, aSnapshot } from '../samples'

const start = (): LiveState =>
  reduceLive(NOTHING_LIVE, { type: 'snapshot', snapshot: aSnapshot({ calls: [aCall('c1')] }) })
const change = (seq: number, rest: Partial<LiveChange> = {}): LiveChange => ({
  seq,
  at: '2026-11-22T08:00:01Z',
  engine_up: true,
  ...rest,
})

describe('the live view', () => {
  it('adds, changes and removes calls by their ids', () => {
    let state = reduceLive(start(), {
      type: 'change',
      change: change(11, { calls: [aCall('c1', { phase: 'ringing' }), aCall('c2')] }),
    })
    expect(state.calls.get('c1')?.phase).toBe('ringing')
    state = reduceLive(state, { type: 'change', change: change(12, { ended_calls: ['c1'] }) })
    expect([...state.calls.keys()]).toEqual(['c2'])
  })

  it('notices a gap and changes nothing until a new snapshot', () => {
    const gap = reduceLive(start(), { type: 'change', change: change(13, { ended_calls: ['c1'] }) })
    expect(gap.gap).toBe(true)
    expect(gap.calls.has('c1')).toBe(true)
    expect(reduceLive(gap, { type: 'snapshot', snapshot: aSnapshot({ seq: 13 }) }).gap).toBe(false)
  })

  it('ends the same however often changes are repeated', () => {
    const changes = [11, 12, 13, 14].map((seq) =>
      change(seq, { calls: [aCall(`c${seq}`)], ended_calls: [`c${seq - 1}`] }),
    )
    const play = (order: LiveChange[]): LiveState =>
      order.reduce((state, one) => reduceLive(state, { type: 'change', change: one }), start())
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
            entered_today: 10,
            answered_today: 8,
          }),
          aQueue('q2', {
            waiting: 1,
            longest_wait_since: '2026-11-22T07:58:00Z',
            entered_today: 5,
            answered_today: 5,
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
      entered: 15,
      answered: 13,
    })
  })

  it('puts agents who need help first and who are away last', () => {
    const agents = (['offline', 'ready', 'ringing', 'talking'] as const).map((state, index) =>
      anAgent({ agent_id: `a${index}`, state }),
    )
    const state = reduceLive(NOTHING_LIVE, { type: 'snapshot', snapshot: aSnapshot({ agents }) })
    expect(agentsInOrder(state).map((agent) => agent.state)).toEqual([
      'ringing',
      'talking',
      'ready',
      'offline',
    ])
  })
})
