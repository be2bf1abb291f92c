// The desk as the server tells it, and what may be done on it: pure functions, no sockets, no audio.

import type { PhoneState } from '@/shared/phone/phoneState'
import type { SocketStatus } from '@/shared/realtime/socket'

import type { DeskCall, DeskMessage, DeskSnapshot, Participant } from '@/shared/api/types'

import type { DeviceKind } from './types'

export interface DeskState {
  desk: DeskSnapshot | null
  seq: number
  connection: SocketStatus
}

export type DeskEvent =
  | { type: 'message'; message: DeskMessage }
  | { type: 'connection'; status: SocketStatus }
  | { type: 'fetched'; desk: DeskSnapshot }

export const NO_DESK: DeskState = { desk: null, seq: -1, connection: 'connecting' }

export function reduceDesk(state: DeskState, event: DeskEvent): DeskState {
  switch (event.type) {
    case 'connection':
      return { ...state, connection: event.status }
    case 'fetched':
      // Only a stop-gap until the socket speaks; it must not overwrite what the socket said.
      return state.seq >= 0 ? state : { ...state, desk: event.desk }
    case 'message':
      return reduceMessage(state, event.message)
  }
}

function reduceMessage(state: DeskState, message: DeskMessage): DeskState {
  switch (message.type) {
    case 'snapshot':
      return { ...state, desk: message.desk, seq: message.seq }
    case 'desk':
      // A late message must not take the desk back in time. The number may stay: calls to pick up change without it.
      return message.seq >= state.seq ? { ...state, desk: message.desk, seq: message.seq } : state
  }
}

export type Command =
  | 'answer'
  | 'hangup'
  | 'hold'
  | 'retrieve'
  | 'mute'
  | 'unmute'
  | 'keypad'
  | 'dial'
  | 'ready'
  | 'busy'
  | 'rest'
  | 'finish'
  | 'signOut'
  | 'recordPause'
  | 'recordResume'
  | 'transfer'
  | 'consult'
  | 'invite'
  | 'complete'
  | 'cancelConsult'
  | 'conference'
  | 'survey'
  | 'announce'
  | 'leave'
  | 'pickUp'

/** What can be done now. Everything absent is not offered, so a button is never a lie. */
export function possibleCommands(desk: DeskSnapshot | null): ReadonlySet<Command> {
  const can = new Set<Command>()
  if (!desk || desk.agent.state === 'offline') return can
  const { state } = desk.agent
  const call = desk.call
  switch (state) {
    case 'ringing':
      can.add('answer').add('hangup')
      break
    case 'talking':
    case 'holding':
    case 'internal':
      addTalkCommands(can, desk)
      break
    case 'dialling':
      can.add('hangup')
      break
    case 'after_call':
      can.add('finish').add('dial')
      if (desk.pickable_count > 0) can.add('pickUp')
      break
    case 'ready':
    case 'busy':
    case 'rest':
    case 'missed':
      can.add('dial')
      if (desk.pickable_count > 0) can.add('pickUp')
      break
  }
  const next = desk.agent.next_state ?? state
  for (const target of ['ready', 'busy', 'rest'] as const) if (next !== target) can.add(target)
  // A new reason for being busy is a change too.
  can.add('busy')
  if (!call || call.phase === 'wrap_up' || state === 'after_call') can.add('signOut')
  return can
}

const inTalk = (call: DeskCall | null): boolean => call?.phase === 'talking' || call?.phase === 'holding'

/** True for the agent who has the citizen; others only take part. */
export const leads = (desk: DeskSnapshot): boolean => desk.my_role === 'lead' || desk.my_role === ''

function addTalkCommands(can: Set<Command>, desk: DeskSnapshot): void {
  const { call } = desk
  can.add('hangup')
  if (!call) return
  if (!leads(desk)) {
    can.add('leave')
    if (desk.my_role !== 'monitor') can.add(mutedHere(desk) ? 'unmute' : 'mute')
    return
  }
  if (inTalk(call)) can.add('keypad')
  can.add(call.muted ? 'unmute' : 'mute')
  if (call.recording) can.add(call.recording_paused ? 'recordResume' : 'recordPause')
  const consulted = consultedIn(call)
  if (consulted) addConsultCommands(can, consulted)
  else addPartyCommands(can, call)
}

function addConsultCommands(can: Set<Command>, consulted: Participant): void {
  can.add('cancelConsult')
  if (consulted.up) can.add('complete').add('conference')
}

/** Bringing others in or handing the citizen on, when no consultation runs. */
function addPartyCommands(can: Set<Command>, call: DeskCall): void {
  const members = membersIn(call)
  if (members.length === 0) can.add(call.phase === 'holding' ? 'retrieve' : 'hold')
  if (call.direction === 'internal' || !inTalk(call)) return
  can.add('invite')
  if (call.phase === 'talking') can.add('announce')
  if (members.length > 0) return void can.add('leave')
  can.add('transfer').add('consult')
  if (call.direction === 'inbound') can.add('survey')
}

/** Who is being asked while the citizen hears music, if anybody. */
function consultedIn(call: DeskCall): Participant | undefined {
  return call.participants.find(({ role }) => role === 'consulted')
}

const membersIn = (call: DeskCall): Participant[] => call.participants.filter(({ role }) => role === 'member')

/** The others in the call as this desk may know them: silent listeners are not shown. */
export function shownParticipants(desk: DeskSnapshot): Participant[] {
  return (desk.call?.participants ?? []).filter(
    ({ role, agent_id }) => role !== 'monitor' && agent_id !== desk.agent.agent_id,
  )
}

/** Whether this agent's own microphone is closed, be they lead or participant. */
export function mutedHere(desk: DeskSnapshot): boolean {
  const { call, agent } = desk
  if (leads(desk)) return call?.muted ?? false
  return call?.participants.find(({ agent_id }) => agent_id === agent.agent_id)?.muted ?? false
}

export type ConsultOutcome = 'busy' | 'outsideBusy' | 'rejected' | 'noAnswer' | 'failed' | 'left'

const CONSULT_OUTCOMES: Record<string, ConsultOutcome | undefined> = {
  busy: 'busy',
  rejected: 'rejected',
  no_answer: 'noAnswer',
  failed: 'failed',
  hung_up: 'left',
}

/** Where a number outside is spoken of in other words than a colleague. */
const OUTSIDE_OUTCOMES: Record<string, ConsultOutcome | undefined> = { busy: 'outsideBusy' }

/** What became of a consultation that ended without this desk's doing, and who was asked; null when nothing did. */
export function consultOutcome(
  before: DeskSnapshot | null,
  after: DeskSnapshot | null,
): { how: ConsultOutcome; who: string } | null {
  if (!before?.call || before.call.call_id !== after?.call?.call_id) return null
  if (!leads(before) || !leads(after) || !inTalk(after.call)) return null
  if (!consultedIn(before.call) || consultedIn(after.call)) return null
  const ended = after.call.consult_ended
  const outside = ended?.name === ''
  const how = ended ? (outside && OUTSIDE_OUTCOMES[ended.why]) || CONSULT_OUTCOMES[ended.why] : undefined
  return ended && how ? { how, who: [ended.name, ended.number].filter(Boolean).join(' ') } : null
}

export type Why =
  | 'consulted'
  | 'invited'
  | 'member'
  | 'callback'
  | 'returned'
  | 'direct'
  | 'pickUp'
  | 'internal'

/** Why this call is on this desk, where it did not simply come from a queue. `handedOn`: the call this desk transferred last. */
export function whyHere(desk: DeskSnapshot, handedOn: string): Why | null {
  const { call, my_role: role } = desk
  if (!call) return null
  if (role === 'consulted') return 'consulted'
  if (role === 'member') return desk.agent.state === 'ringing' ? 'invited' : 'member'
  if (desk.agent.state !== 'ringing') return null
  switch (call.offer_kind) {
    case 'callback':
      return 'callback'
    case 'direct':
      return call.call_id === handedOn ? 'returned' : 'direct'
    case 'pick_up':
      return 'pickUp'
    case 'colleague':
      return 'internal'
    default:
      return null
  }
}

/** The device the agent is signed in with, or null when signed out. */
export function signedInWith(desk: DeskSnapshot | null): DeviceKind | null {
  if (!desk || desk.agent.state === 'offline') return null
  const id = desk.agent.device_id
  if (id === desk.device.desk.id) return 'desk'
  return id === desk.device.mobile?.id ? 'mobile' : 'browser'
}

const IN_TALK = new Set(['talking', 'holding', 'interrupted'])
/** A call may go on with others while this agent is in after-call work for it, or not yet in it. */
const OWN_TALK = new Set(['talking', 'holding', 'internal'])

/** True when a talk runs at the server but this page has no audio for it: after a reload or a long break. */
export function needsReattach(desk: DeskSnapshot | null, phone: PhoneState): boolean {
  return (
    desk?.call !== null &&
    desk?.call !== undefined &&
    OWN_TALK.has(desk.agent.state) &&
    IN_TALK.has(desk.call.phase) &&
    signedInWith(desk) === 'browser' &&
    phone.registration === 'registered' &&
    phone.audio === 'none'
  )
}

/** True while the telephone should ring here. */
export function isRinging(desk: DeskSnapshot | null): boolean {
  return desk?.agent.state === 'ringing' && desk.call !== null
}
