// The desk as the server tells it, and what may be done on it: pure functions, no sockets, no audio.

import type { PhoneState } from '@/shared/phone/phoneState'
import type { SocketStatus } from '@/shared/realtime/socket'

import type { DeskMessage, DeskSnapshot } from '@/shared/api/types'

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
      // A repeated or late message must not take the desk back in time.
      return message.seq > state.seq ? { ...state, desk: message.desk, seq: message.seq } : state
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
      break
    case 'ready':
    case 'busy':
    case 'rest':
    case 'missed':
      can.add('dial')
      break
  }
  if (call?.phase === 'talking' || call?.phase === 'holding') can.add('keypad')
  const next = desk.agent.next_state ?? state
  for (const target of ['ready', 'busy', 'rest'] as const) if (next !== target) can.add(target)
  // A new reason for being busy is a change too.
  can.add('busy')
  if (!call || call.phase === 'wrap_up') can.add('signOut')
  return can
}

function addTalkCommands(can: Set<Command>, { call }: DeskSnapshot): void {
  can.add('hangup')
  if (!call) return
  can.add(call.phase === 'holding' ? 'retrieve' : 'hold')
  can.add(call.muted ? 'unmute' : 'mute')
  if (call.recording) can.add(call.recording_paused ? 'recordResume' : 'recordPause')
}

/** The device the agent is signed in with, or null when signed out. */
export function signedInWith(desk: DeskSnapshot | null): DeviceKind | null {
  if (!desk || desk.agent.state === 'offline') return null
  return desk.agent.device_id === desk.device.desk.id ? 'desk' : 'browser'
}

const IN_TALK = new Set(['talking', 'holding', 'interrupted'])

/** True when a talk runs at the server but this page has no audio for it: after a reload or a long break. */
export function needsReattach(desk: DeskSnapshot | null, phone: PhoneState): boolean {
  return (
    desk?.call !== null &&
    desk?.call !== undefined &&
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
