// The centre now, folded from a snapshot and the changes after it. Pure; the only place that touches live state.

import type { AgentView, CallView, LiveChange, LiveSnapshot, QueueView, TrunkView } from '@/shared/api/types'
import type { SocketStatus } from '@/shared/realtime/socket'

export interface LiveState {
  connection: SocketStatus
  /** Number of the last change folded in; −1 before the first snapshot. */
  seq: number
  engineUp: boolean
  agents: ReadonlyMap<string, AgentView>
  queues: ReadonlyMap<string, QueueView>
  calls: ReadonlyMap<string, CallView>
  trunks: ReadonlyMap<string, TrunkView>
  /** True when a change was missed: only a new snapshot helps. */
  gap: boolean
}

export type LiveMessage = { type: 'snapshot'; live: LiveSnapshot } | { type: 'change'; change: LiveChange }
export type LiveEvent =
  | { type: 'begin_again' }
  | { type: 'snapshot'; snapshot: LiveSnapshot }
  | { type: 'change'; change: LiveChange }
  | { type: 'connection'; status: SocketStatus }

export const NOTHING_LIVE: LiveState = {
  connection: 'connecting',
  seq: -1,
  engineUp: true,
  agents: new Map(),
  queues: new Map(),
  calls: new Map(),
  trunks: new Map(),
  gap: false,
}

const byKey = <T>(items: T[], key: (item: T) => string): Map<string, T> =>
  new Map(items.map((item) => [key(item), item]))

function merged<T>(
  old: ReadonlyMap<string, T>,
  items: T[] | undefined,
  key: (item: T) => string,
  gone: string[] = [],
): ReadonlyMap<string, T> {
  if (!items?.length && gone.length === 0) return old
  const next = new Map(old)
  for (const item of items ?? []) next.set(key(item), item)
  for (const id of gone) next.delete(id)
  return next
}

const agentKey = (view: AgentView): string => view.agent_id
const queueKey = (view: QueueView): string => view.queue_id
const callKey = (view: CallView): string => view.call_id
const trunkKey = (view: TrunkView): string => view.trunk_id

export function reduceLive(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'connection':
      return { ...state, connection: event.status }
    case 'begin_again':
      return { ...state, gap: true }
    case 'snapshot':
      return fromSnapshot(state, event.snapshot)
    case 'change':
      return withChange(state, event.change)
  }
}

function fromSnapshot(state: LiveState, snapshot: LiveSnapshot): LiveState {
  return {
    connection: state.connection,
    seq: snapshot.seq,
    engineUp: snapshot.engine_up,
    agents: byKey(snapshot.agents, agentKey),
    queues: byKey(snapshot.queues, queueKey),
    calls: byKey(snapshot.calls, callKey),
    trunks: byKey(snapshot.trunks, trunkKey),
    gap: false,
  }
}

function withChange(state: LiveState, change: LiveChange): LiveState {
  if (change.seq <= state.seq) return state
  if (change.seq !== state.seq + 1) return { ...state, gap: true }
  return {
    ...state,
    seq: change.seq,
    engineUp: change.engine_up,
    agents: merged(state.agents, change.agents, agentKey),
    queues: merged(state.queues, change.queues, queueKey),
    calls: merged(state.calls, change.calls, callKey, change.ended_calls),
    trunks: merged(state.trunks, change.trunks, trunkKey),
  }
}

/** The event a message of the socket means; null for kinds this page does not know. */
export function liveEventOf(message: LiveMessage): LiveEvent | null {
  switch (message.type) {
    case 'snapshot':
      return { type: 'snapshot', snapshot: message.live }
    case 'change':
      return { type: 'change', change: message.change }
    default:
      return null
  }
}

const ORDER = [
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
]

/** Agents in the order a leader looks at them: who needs help first, who is away last. */
export function agentsInOrder(state: LiveState): AgentView[] {
  return [...state.agents.values()].sort(
    (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.number.localeCompare(b.number),
  )
}

export interface Headline {
  waiting: number
  longestWaitSince: string | null
  talking: number
  ready: number
  signedIn: number
  entered: number
  answered: number
  answeredInTarget: number
  abandoned: number
}

/** The figures on top of the page, added up over the queues and agents that are seen. */
export function headline(state: LiveState): Headline {
  const queues = [...state.queues.values()]
  const agents = [...state.agents.values()]
  const sum = (pick: (queue: QueueView) => number): number =>
    queues.reduce((total, queue) => total + pick(queue), 0)
  const waits = queues.map((queue) => queue.longest_wait_since).filter((since) => since !== null)
  return {
    waiting: sum((queue) => queue.waiting),
    longestWaitSince: waits.sort()[0] ?? null,
    talking: agents.filter((agent) => agent.state === 'talking' || agent.state === 'holding').length,
    ready: agents.filter((agent) => agent.state === 'ready').length,
    signedIn: agents.filter((agent) => agent.state !== 'offline').length,
    entered: sum((queue) => queue.entered_today),
    answered: sum((queue) => queue.answered_today),
    answeredInTarget: sum((queue) => queue.answered_in_target_today),
    abandoned: sum((queue) => queue.abandoned_today),
  }
}
