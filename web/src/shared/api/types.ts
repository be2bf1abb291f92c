// Short names for the schemas of the generated description, and the messages of the sockets, which it does not list.

import type { components } from './generated'

type Schemas = components['schemas']

export type Me = Schemas['Me']
export type AgentView = Schemas['AgentView']
export type CallView = Schemas['CallView']
export type QueueView = Schemas['QueueView']
export type TrunkView = Schemas['TrunkView']
export type LiveCurve = Schemas['Curve']
export type LiveSnapshot = Schemas['LiveSnapshot']
export type DeskSnapshot = Schemas['DeskSnapshot']
export type DeskCall = Schemas['DeskCall']
export type Participant = Schemas['ParticipantView']
export type CallTarget = Schemas['TargetFields']
export type CallTargets = Schemas['Targets']
export type PhoneSettings = Schemas['PhoneSettings']
export type AgentToday = Schemas['AgentToday']
export type CallRow = Schemas['CallRow']
export type CallDetail = Schemas['CallDetail']
export type StoryEvent = Schemas['StoryEvent']
export type Waveform = Schemas['Waveform']
export type QueueRead = Schemas['QueueRead']
export type QueueCreate = Schemas['QueueCreate']
export type HotlineRead = Schemas['HotlineRead']
export type HotlineCreate = Schemas['HotlineCreate']
export type TrunkRead = Schemas['TrunkRead']
export type TrunkCreate = Schemas['TrunkCreate']
export type HoursRead = Schemas['HoursRead']
export type HoursCreate = Schemas['HoursCreate']
export type NationalDay = Schemas['NationalDayFields']
export type Survey = Schemas['SurveyFields']
export type PromptRead = Schemas['PromptRead']
export type OutboundRule = Schemas['OutboundRuleFields']
export type OutboundTried = Schemas['OutboundTried']
export type KnownCaller = Schemas['KnownCallerFields']
export type ImportResult = Schemas['ImportResult']
export type UserRead = Schemas['UserRead']
export type UserCreate = Schemas['UserCreate']

/** A change of the centre: the whole new view of each thing touched. */
export interface LiveChange extends Partial<Pick<LiveSnapshot, 'agents' | 'queues' | 'calls' | 'trunks'>> {
  seq: number
  at: string
  engine_up: boolean
  ended_calls?: string[]
}

export interface DeskMessage {
  type: 'snapshot' | 'desk'
  seq: number
  desk: DeskSnapshot
}
