// Alarms and their rules as the server has them.

import type { components } from '@/shared/api/generated'

type Schemas = components['schemas']

export type Alarm = Schemas['AlarmRead']
export type Level = Alarm['level']
export type AlarmRule = Schemas['AlarmRuleFields']
export type Scope = AlarmRule['scope']

/** A message of the stream: all that run, or one that began, changed or ended. */
export type AlarmMessage = { type: 'snapshot'; running: Alarm[] } | { type: 'alarm'; alarm: Alarm }

/** The names of what rules can be about. */
export interface Named {
  queue: { id: string; name: string }[]
  trunk: { id: string; name: string }[]
  agent: { id: string; name: string }[]
}
