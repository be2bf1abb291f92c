// Calls as the list and the detail know them.

import type { Direction } from '@/shared/api/types'

interface Named {
  id: string
  name: string
}

export interface CallAgent extends Named {
  number: string
}

export interface CallRow {
  id: string
  direction: Direction
  hotline_id: string | null
  hotline_name: string
  ani: string
  ani_region: string
  dnis: string
  started_at: string
  answered_at: string | null
  ended_at: string | null
  duration_s: number
  wait_s: number | null
  talk_s: number | null
  disposition: string | null
  disposition_name: string
  agents: CallAgent[]
  queues: Named[]
  has_recording: boolean
  survey_grade: number | null
  survey_label: string | null
  test: boolean
}

export interface JournalEntry {
  seq: number
  at: string
  kind: string
  text: string
  data: Record<string, unknown>
}

export interface Recording {
  id: string
  kind: string
  started_at?: string | null
  duration_ms: number
  size_bytes?: number
  sha256?: string
  error?: string
}

export interface CallDetail extends CallRow {
  recordings: Recording[]
  events: JournalEntry[]
}

export interface Waveform {
  left: number[]
  right: number[]
  duration_ms: number
}
