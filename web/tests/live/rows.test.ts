import { describe, expect, it } from 'vitest'

import { NOTHING_LIVE, reduceLive, type LiveState } from '@/features/live/liveState'
import { agentRows, heldOrder, stateCounts, type AgentFilter, type AgentOrder } from '@/features/live/rows'
import type { AgentView } from '@/shared/api/types'

import { aCall, anAgent, aQueue, aSnapshot } from '../samples'

const live = (agents: AgentView[], calls = [aCall('c1')]): LiveState =>
  reduceLive(NOTHING_LIVE, {
    type: 'snapshot',
    snapshot: aSnapshot({ agents, calls, queues: [aQueue('q1'), aQueue('q2')] }),
  })
const ALL: AgentFilter = { text: '', queueId: '', states: new Set(), withOffline: true }
const numbers = (state: LiveState, filter: Partial<AgentFilter> = {}, order: AgentOrder = 'number') =>
  agentRows(state, { ...ALL, ...filter }, order).map((row) => row.agent.number)

const some = [
  anAgent({ agent_id: 'a9', number: '999', name: '王芳', state: 'ready', talks_today: 3 }),
  anAgent({
    agent_id: 'a1',
    number: '1001',
    state: 'talking',
    call_id: 'c1',
    queues: ['q2'],
    since: '2026-11-22T07:50:00Z',
    talks_today: 9,
  }),
  anAgent({ agent_id: 'a2', number: '1002', state: 'offline', since: '2026-11-22T01:00:00Z' }),
]

describe('agents as rows', () => {
  it('stand in the order of their numbers, not of the digits', () => {
    expect(numbers(live(some))).toEqual(['999', '1001', '1002'])
  })

  it('are sorted by state, by time with the absent last, and by talks', () => {
    expect(numbers(live(some), {}, 'state')).toEqual(['1001', '999', '1002'])
    expect(numbers(live(some), {}, 'since')).toEqual(['1001', '999', '1002'])
    expect(numbers(live(some), {}, 'talks')).toEqual(['1001', '999', '1002'])
  })

  it('are found by name, by the number on the line, by queue and by state', () => {
    expect(numbers(live(some), { text: '王' })).toEqual(['999'])
    expect(numbers(live(some), { text: '1380013' })).toEqual(['1001'])
    expect(numbers(live(some), { queueId: 'q2' })).toEqual(['1001'])
    expect(numbers(live(some), { states: new Set(['ready']) })).toEqual(['999'])
  })

  it('leave the absent out unless they are asked for', () => {
    expect(numbers(live(some), { withOffline: false })).toEqual(['999', '1001'])
    expect(numbers(live(some), { withOffline: false, states: new Set(['offline']) })).toEqual(['1002'])
  })

  it('hold their places while somebody points at them; newcomers come last', () => {
    const rows = agentRows(live(some), ALL, 'state')
    const held = heldOrder(rows, ['a2', 'a9'])
    expect(held.map((row) => row.agent.agent_id)).toEqual(['a2', 'a9', 'a1'])
  })

  it('stay the same objects while nothing of theirs changes', () => {
    const before = live(some)
    const [first] = agentRows(before, ALL, 'number')
    const same = reduceLive(before, {
      type: 'changes',
      changes: [
        {
          seq: before.seq + 1,
          at: '',
          engine_up: true,
          agents: [anAgent({ agent_id: 'a2', number: '1002', state: 'ready' })],
          queues: [aQueue('q1', { waiting: 4 })],
        },
      ],
    })
    const after = agentRows(same, ALL, 'number')
    expect(after[0]).toBe(first)
    expect(after[2]?.agent.state).toBe('ready')
  })

  it('are counted by state, of one queue or of all', () => {
    expect(stateCounts(live(some), '')).toEqual(
      new Map([
        ['ready', 1],
        ['talking', 1],
        ['offline', 1],
      ]),
    )
    expect(stateCounts(live(some), 'q2')).toEqual(new Map([['talking', 1]]))
  })
})
