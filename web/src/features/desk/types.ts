// What the server says about the desk of one agent.

import type { AgentView, CallView } from '@/shared/api/types'

export type DeviceKind = 'browser' | 'desk'

export interface Device {
  id: string
  registered: boolean
}

export interface EarlierCall {
  call_id?: string | null
  at: string
  direction: string
  agent: string | null
  disposition: string
  queue: string | null
}

export interface DeskCall extends CallView {
  region: string
  customer_name: string | null
  hotline_name: string
  queue_name: string
  earlier: EarlierCall[]
}

export interface Today {
  answered: number
  missed: number
  outbound: number
  talk_s: number
  [figure: string]: number
}

export interface DeskSnapshot {
  agent: AgentView
  call: DeskCall | null
  device: Record<DeviceKind, Device>
  today: Today
  states: StateReasons[] | string[]
}

export interface StateReasons {
  state: string
  reasons: string[]
}

export type DeskMessage =
  | { type: 'snapshot'; seq: number; desk: DeskSnapshot }
  | { type: 'desk'; seq: number; desk: DeskSnapshot }
  | { type: 'notice'; seq?: number; code?: string; text?: string }

export type CallAction =
  | 'answer'
  | 'hangup'
  | 'hold'
  | 'retrieve'
  | 'mute'
  | 'unmute'
  | 'dtmf'
  | 'release'
  | 'record-pause'
  | 'record-resume'
