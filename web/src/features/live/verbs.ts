// What a leader may do now to an agent and to a call. Pure: everything absent is not offered, so a button is never a lie.

import type { AgentView, CallView } from '@/shared/api/types'

export type CallVerb = 'monitor' | 'whisper' | 'barge' | 'intercept' | 'release' | 'pickup'
export type StateVerb = 'ready' | 'busy' | 'rest' | 'offline'
export type Verb = CallVerb | StateVerb | 'leave'

/** Keys that work while nothing is being typed. */
export const KEYS: Record<Verb, string> = {
  monitor: 'L',
  whisper: 'W',
  barge: 'B',
  intercept: 'T',
  release: 'X',
  pickup: 'P',
  ready: 'R',
  busy: 'U',
  rest: 'Y',
  offline: 'O',
  leave: 'Q',
}
export const verbOfKey = new Map(Object.entries(KEYS).map(([verb, key]) => [`Key${key}`, verb as Verb]))

const PERMISSION: Record<Verb, string> = {
  monitor: 'calls.monitor',
  whisper: 'calls.whisper',
  barge: 'calls.barge',
  intercept: 'calls.intercept',
  release: 'calls.release',
  pickup: 'desk.pick_up',
  ready: 'agents.control',
  busy: 'agents.control',
  rest: 'agents.control',
  offline: 'agents.control',
  leave: 'calls.monitor',
}

/** Done at once to somebody who does not expect it: asked first. */
export const HARMFUL: ReadonlySet<Verb> = new Set<Verb>(['release', 'intercept', 'offline'])
/** These ring the leader's own telephone, which picks up by itself. */
export const NEEDS_PHONE: ReadonlySet<Verb> = new Set<Verb>([
  'monitor',
  'whisper',
  'barge',
  'intercept',
  'pickup',
])

const IN_TALK = new Set(['talking', 'holding'])
const WAITS = new Set(['waiting', 'ringing', 'direct'])
const LISTENING = new Set(['monitor', 'whisper', 'barge'])

/** Calls that become the leader's own: only for those who take part. */
export const NEEDS_SIGN_IN: ReadonlySet<Verb> = new Set<Verb>(['intercept', 'pickup'])

export interface Leader {
  agentId: string
  signedIn(): boolean
  /** Has a call of their own, or one rings at them. */
  busy(): boolean
  may(permission: string): boolean
}

/** The leader's own place in a call: '' none, `lead` theirs. */
export function roleIn(call: CallView, leaderId: string): string {
  if (call.agent_id === leaderId) return 'lead'
  return call.participants.find((party) => party.agent_id === leaderId)?.role ?? ''
}

/** The call in which the leader listens or speaks beside the agent, with the role. */
export function listeningTo(
  calls: Iterable<CallView>,
  leaderId: string,
): { call: CallView; role: 'monitor' | 'whisper' | 'barge'; up: boolean; since: string } | null {
  for (const call of calls) {
    const mine = call.participants.find((party) => party.agent_id === leaderId && LISTENING.has(party.role))
    if (mine) {
      return { call, role: mine.role as 'monitor' | 'whisper' | 'barge', up: mine.up, since: mine.since }
    }
  }
  return null
}

const BUSY = new Set(['ringing', 'talking', 'holding', 'dialling', 'internal'])

export const hasOwnCall = (state: string | undefined): boolean => state !== undefined && BUSY.has(state)

function callVerbs(call: CallView, leader: Leader): Verb[] {
  const role = roleIn(call, leader.agentId)
  if (call.phase === 'wrap_up' || role === 'lead') return []
  const verbs: Verb[] = ['release']
  if (IN_TALK.has(call.phase) && call.agent_id) {
    for (const verb of ['monitor', 'whisper', 'barge'] as const) if (verb !== role) verbs.push(verb)
    if (call.direction !== 'internal') verbs.push('intercept')
  }
  if (WAITS.has(call.phase)) verbs.push('pickup')
  if (LISTENING.has(role)) verbs.push('leave')
  const ownLine = leader.busy() && !LISTENING.has(role)
  return ownLine ? verbs.filter((verb) => !NEEDS_PHONE.has(verb)) : verbs
}

function stateVerbs(agent: AgentView, leader: Leader): Verb[] {
  if (agent.state === 'offline' || agent.agent_id === leader.agentId) return []
  const next = agent.next_state ?? agent.state
  const verbs = (['ready', 'busy', 'rest'] as const).filter((state) => state !== next)
  return [...verbs, 'offline']
}

/** What the leader may do with what is chosen. */
export function possibleVerbs(
  chosen: { agent: AgentView | null; call: CallView | null },
  leader: Leader,
): ReadonlySet<Verb> {
  const verbs = [
    ...(chosen.call ? callVerbs(chosen.call, leader) : []),
    ...(chosen.agent ? stateVerbs(chosen.agent, leader) : []),
  ]
  return new Set(
    verbs.filter((verb) => leader.may(PERMISSION[verb]) && (leader.signedIn() || !NEEDS_SIGN_IN.has(verb))),
  )
}
