// The agents as rows of the control room: joined with their calls, filtered, and in an order that holds still. Pure.

import type { AgentView, CallView, QueueView } from '@/shared/api/types'
import { translate, translateOr } from '@/shared/i18n'

import type { LiveState } from './liveState'

export interface AgentRow {
  agent: AgentView
  /** The call they are in, if it still runs. */
  call: CallView | null
  /** Names of their queues. */
  queues: string
  /** The queue they work for now, else the first of theirs. */
  queue: string
}

/** How an agent is drawn: two lines, one short line where many must fit, or a line of the list. */
export type Shape = 'tile' | 'short' | 'line'

export type AgentOrder = 'number' | 'state' | 'since' | 'talks'

export interface AgentFilter {
  text: string
  queueId: string
  states: ReadonlySet<string>
  withOffline: boolean
}

/** The order in which a leader looks: who needs help first, who is away last. */
export const STATES = [
  'ringing',
  'missed',
  'talking',
  'holding',
  'internal',
  'dialling',
  'after_call',
  'ready',
  'busy',
  'rest',
  'offline',
] as const

const place = new Map<string, number>(STATES.map((state, index) => [state, index]))

/** The last row of each view of an agent: what did not change is the same object, and is not drawn again. */
const rowsMade = new WeakMap<AgentView, AgentRow>()

function rowOf(agent: AgentView, live: LiveState): AgentRow {
  const call = agent.call_id ? (live.calls.get(agent.call_id) ?? null) : null
  const names = agent.queues.flatMap((id) => live.queues.get(id)?.name ?? [])
  const queues = names.join('、')
  const queue = live.queues.get(agent.queue_id ?? call?.queue_id ?? '')?.name ?? names[0] ?? ''
  const made = rowsMade.get(agent)
  if (made && made.call === call && made.queues === queues && made.queue === queue) return made
  const row = { agent, call, queues, queue }
  rowsMade.set(agent, row)
  return row
}

function passes({ agent, call, queues }: AgentRow, filter: AgentFilter): boolean {
  if (agent.state === 'offline' && !filter.withOffline && !filter.states.has('offline')) return false
  if (filter.states.size > 0 && !filter.states.has(agent.state)) return false
  if (filter.queueId && !agent.queues.includes(filter.queueId)) return false
  const text = filter.text.trim().toLowerCase()
  return (
    text === '' ||
    [agent.number, agent.name, queues, call?.ani, call?.dnis].some((one) => one?.toLowerCase().includes(text))
  )
}

const byNumber = (one: AgentRow, other: AgentRow): number =>
  one.agent.number.localeCompare(other.agent.number, undefined, { numeric: true })

const COMPARE: Record<AgentOrder, (one: AgentRow, other: AgentRow) => number> = {
  number: byNumber,
  state: (one, other) =>
    (place.get(one.agent.state) ?? 0) - (place.get(other.agent.state) ?? 0) || byNumber(one, other),
  // Longest in their state first; who is away has no time that matters.
  since: (one, other) =>
    Number(one.agent.state === 'offline') - Number(other.agent.state === 'offline') ||
    one.agent.since.localeCompare(other.agent.since) ||
    byNumber(one, other),
  talks: (one, other) => other.agent.talks_today - one.agent.talks_today || byNumber(one, other),
}

export function agentRows(live: LiveState, filter: AgentFilter, order: AgentOrder): AgentRow[] {
  return [...live.agents.values()]
    .map((agent) => rowOf(agent, live))
    .filter((row) => passes(row, filter))
    .sort(COMPARE[order])
}

/** The rows in the order of `ids` as far as they are among them; newcomers come last. */
export function heldOrder(rows: AgentRow[], ids: readonly string[]): AgentRow[] {
  const at = new Map(ids.map((id, index) => [id, index]))
  const known = (row: AgentRow): number => at.get(row.agent.agent_id) ?? ids.length
  return [...rows].sort((one, other) => known(one) - known(other))
}

/** How many agents are in each state, of one queue or of all. */
export function stateCounts(live: LiveState, queueId: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const agent of live.agents.values()) {
    if (queueId && !agent.queues.includes(queueId)) continue
    counts.set(agent.state, (counts.get(agent.state) ?? 0) + 1)
  }
  return counts
}

/** Calls with somebody on the line, oldest first; of one queue or of all. */
export function callsInOrder(live: LiveState, queueId: string): CallView[] {
  return [...live.calls.values()]
    .filter((call) => call.phase !== 'wrap_up' && (!queueId || call.queue_id === queueId))
    .sort((one, other) => one.started_at.localeCompare(other.started_at))
}

/** Queues with people waiting first to the eye, but always at the same place: by name. */
export function queuesInOrder(live: LiveState): QueueView[] {
  return [...live.queues.values()].sort((one, other) => one.name.localeCompare(other.name, 'zh-CN'))
}

/** State with its reason, as the screens say it. */
export function stateLabel(agent: AgentView): string {
  const name = translate(`agentState.${agent.state}`)
  const why =
    agent.state === 'busy' && agent.reason ? translateOr(`reason.${agent.reason}`, agent.reason) : ''
  return why ? `${name}·${why}` : name
}
