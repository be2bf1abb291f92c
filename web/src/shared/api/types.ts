// The words of the HTTP agreement. One place, so that pages never spell a schema twice.

export interface Authority {
  id: string
  name: string
}

export interface Me {
  id: string
  username: string
  name: string
  role: string
  role_name: string
  permissions: string[]
  authority: Authority
  agent: { id: string; number: string } | null
  must_change_password: boolean
}

export interface SessionCreated {
  token: string
  expires_at: string
  user: Me
}

export interface Page<T> {
  items: T[]
  next_cursor: string | null
  total: number | null
}

export type AgentState =
  | 'offline'
  | 'ready'
  | 'ringing'
  | 'talking'
  | 'holding'
  | 'after_call'
  | 'busy'
  | 'rest'
  | 'dialling'
  | 'internal'
  | 'missed'

export type Direction = 'inbound' | 'outbound' | 'internal'

export type CallPhase =
  | 'ivr'
  | 'waiting'
  | 'ringing'
  | 'talking'
  | 'holding'
  | 'interrupted'
  | 'survey'
  | 'voicemail'
  | 'dialling'
  | 'wrap_up'

export interface CallView {
  call_id: string
  authority_id: string
  direction: Direction
  phase: CallPhase
  since: string
  started_at: string
  ani: string
  dnis: string
  hotline_id: string | null
  queue_id: string | null
  agent_id: string | null
  talk_id: string | null
  position: number | null
  muted: boolean
  recording: boolean
  recording_paused: boolean
  keys: string[]
  web: boolean
}

export interface AgentView {
  agent_id: string
  authority_id: string
  number: string
  name: string
  state: AgentState
  reason: string
  since: string
  until: string | null
  next_state: AgentState | null
  device_id: string | null
  device_registered: boolean
  call_id: string | null
  queue_id: string | null
  queues: string[]
  signed_in_at: string | null
}

export interface QueueView {
  queue_id: string
  authority_id: string
  name: string
  waiting: number
  longest_wait_since: string | null
  ringing: number
  talking: number
  ready: number
  signed_in: number
  entered_today: number
  answered_today: number
  answered_in_target_today: number
  abandoned_today: number
  overflowed_today: number
}

export interface TrunkView {
  trunk_id: string
  authority_id: string
  name: string
  used: number
  max_calls: number
}

export interface LiveSnapshot {
  seq: number
  at: string
  engine_up: boolean
  agents: AgentView[]
  queues: QueueView[]
  calls: CallView[]
  trunks: TrunkView[]
}

export interface LiveChange extends Partial<Omit<LiveSnapshot, 'seq' | 'at' | 'engine_up'>> {
  seq: number
  at: string
  engine_up: boolean
  ended_calls?: string[]
}
