// What the server says about the desk of one agent.

import type { AgentView, CallView } from '@/shared/api/types'

export type DeviceKind = 'browser' | 'desk'

export interface Device {
  id: string
  registered: boolean
}

export interface EarlierCall {
  call_id: string
  at: string
  direction: string
  disposition: string | null
  hotline_name: string
  queue_name: string
  agent_name: string
  talk_s: number
}

export interface DeskCall extends Omit<CallView, 'authority_id' | 'agent_id' | 'talk_id' | 'position'> {
  region: string
  hotline_name: string
  queue_name: string
  earlier: EarlierCall[]
}

export interface Today {
  answered: number
  missed: number
  outbound: number
  talk_s: number
}

export interface DeskSnapshot {
  agent: AgentView
  call: DeskCall | null
  device: Record<DeviceKind, Device>
  today: Today
  busy_reasons: string[]
  server_time: string
}

export interface DeskMessage {
  type: 'snapshot' | 'desk'
  seq: number
  desk: DeskSnapshot
}

export type CallAction =
  | 'answer'
  | 'hangup'
  | 'hold'
  | 'retrieve'
  | 'mute'
  | 'unmute'
  | 'dtmf'
  | 'record-pause'
  | 'record-resume'
