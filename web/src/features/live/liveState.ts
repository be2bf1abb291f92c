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

export type LiveMessage =
  | { type: 'snapshot'; live: LiveSnapshot }
  | { type: 'change'; change: LiveChange }
  | { type: 'changes'; changes: LiveChange[] }
export type LiveEvent =
  | { type: 'begin_again' }
  | { type: 'snapshot'; snapshot: LiveSnapshot }
  | { type: 'changes'; changes: LiveChange[] }
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

/** The views after several changes: copied once, and not at all when nothing of their kind changed. */
function merged<T>(
  old: ReadonlyMap<string, T>,
  changes: LiveChange[],
  items: (change: LiveChange) => T[] | undefined,
  key: (item: T) => string,
  gone: (change: LiveChange) => string[] | undefined = () => undefined,
): ReadonlyMap<string, T> {
  let next: Map<string, T> | null = null
  for (const change of changes) {
    for (const item of items(change) ?? []) (next ??= new Map(old)).set(key(item), item)
    for (const id of gone(change) ?? []) (next ??= new Map(old)).delete(id)
  }
  return next ?? old
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
    case 'changes':
      return withChanges(state, event.changes)
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

function withChanges(state: LiveState, all: LiveChange[]): LiveState {
  const changes: LiveChange[] = []
  let { seq } = state
  for (const change of all) {
    if (change.seq === seq + 1) {
      changes.push(change)
      seq = change.seq
    } else if (change.seq > seq) {
      return { ...withChanges(state, changes), gap: true }
    }
  }
  const last = changes.at(-1)
  if (!last) return state
  return {
    ...state,
    seq,
    engineUp: last.engine_up,
    agents: merged(state.agents, changes, (change) => change.agents, agentKey),
    queues: merged(state.queues, changes, (change) => change.queues, queueKey),
    calls: merged(
      state.calls,
      changes,
      (change) => change.calls,
      callKey,
      (change) => change.ended_calls,
    ),
    trunks: merged(state.trunks, changes, (change) => change.trunks, trunkKey),
  }
}

/** The event a message of the socket means; null for kinds this page does not know. */
export function liveEventOf(message: LiveMessage): LiveEvent | null {
  switch (message.type) {
    case 'snapshot':
      return { type: 'snapshot', snapshot: message.live }
    case 'change':
      return { type: 'changes', changes: [message.change] }
    case 'changes':
      return { type: 'changes', changes: message.changes }
    default:
      return null
  }
}

export interface Headline {
  waiting: number
  longestWaitSince: string | null
  talking: number
  ready: number
  signedIn: number
}

/** The figures of the moment on top of the page: of one queue and its agents, or added up over all that are seen. */
export function headline(state: LiveState, queueId = ''): Headline {
  const queues = [...state.queues.values()].filter((queue) => !queueId || queue.queue_id === queueId)
  const agents = [...state.agents.values()].filter((agent) => !queueId || agent.queues.includes(queueId))
  const sum = (pick: (queue: QueueView) => number): number =>
    queues.reduce((total, queue) => total + pick(queue), 0)
  const waits = queues.map((queue) => queue.longest_wait_since).filter((since) => since !== null)
  return {
    waiting: sum((queue) => queue.waiting),
    longestWaitSince: waits.sort()[0] ?? null,
    talking: agents.filter((agent) => agent.state === 'talking' || agent.state === 'holding').length,
    ready: agents.filter((agent) => agent.state === 'ready').length,
    signedIn: agents.filter((agent) => agent.state !== 'offline').length,
  }
}
