// Alarms and their rules as the server has them.

export type Level = 'amber' | 'red'

export type Scope = 'site' | 'queue' | 'trunk' | 'agent'

export interface AlarmRule {
  id: string
  name: string
  scope: Scope
  target_id: string | null
  metric: string
  amber: number | null
  red: number | null
  sound: boolean
}

export interface Alarm {
  id: string
  rule_id: string
  name: string
  scope: Scope
  target_id: string
  target_name: string
  metric: string
  level: Level
  value: number | null
  sound: boolean
  raised_at: string
  cleared_at: string | null
  acknowledged_at: string | null
  acknowledged_by: string
}

/** The names of what rules can be about. */
export interface Named {
  queue: { id: string; name: string }[]
  trunk: { id: string; name: string }[]
  agent: { id: string; name: string }[]
}
