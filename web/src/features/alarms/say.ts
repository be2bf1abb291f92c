// Alarms in words: what stands how high. Pure but for the words.

import { clock } from '@/shared/format/time'
import { translate } from '@/shared/i18n'

import type { AlarmRule, Metric, Scope } from './types'

export const METRICS: readonly Metric[] = [
  'waiting',
  'longest_wait_s',
  'ready',
  'signed_in',
  'service_level',
  'answer_rate',
  'abandon_rate',
  'trunk_used_pct',
  'rest_s',
  'busy_s',
  'after_call_s',
  'engine_down',
]

const RATES: ReadonlySet<string> = new Set(['service_level', 'answer_rate', 'abandon_rate', 'trunk_used_pct'])

/** What a metric can be about. */
export function scopesOf(metric: string): readonly Scope[] {
  if (metric === 'engine_down') return ['site']
  if (metric === 'trunk_used_pct') return ['trunk', 'site']
  if (['rest_s', 'busy_s', 'after_call_s'].includes(metric)) return ['agent']
  return ['site', 'queue']
}

export const unitOf = (metric: string): 'percent' | 'seconds' | 'count' => {
  if (RATES.has(metric)) return 'percent'
  return metric.endsWith('_s') || metric === 'engine_down' ? 'seconds' : 'count'
}

/** A value as people read it. */
export function valueText(metric: string, value: number): string {
  switch (unitOf(metric)) {
    case 'percent':
      return `${Math.round(value * 10) / 10}%`
    case 'seconds':
      return clock(value)
    case 'count':
      return String(Math.round(value))
  }
}

export function alarmText(alarm: { metric: string; value: number }): string {
  return `${translate(`alarms.metric.${alarm.metric}`)} ${valueText(alarm.metric, alarm.value)}`
}

/** Of these, little is bad: red lies below amber. */
const LITTLE_IS_BAD: ReadonlySet<string> = new Set(['ready', 'signed_in', 'service_level', 'answer_rate'])

/** What is wrong with a rule: `lines` none is set, `order` red would come before amber, `name` it has none; '' nothing. */
export function wrongRule({
  name,
  metric,
  amber = null,
  red = null,
}: AlarmRule): '' | 'lines' | 'order' | 'name' {
  if (!name.trim()) return 'name'
  if (amber === null && red === null) return 'lines'
  if (amber === null || red === null) return ''
  return (LITTLE_IS_BAD.has(metric) ? red < amber : red > amber) ? '' : 'order'
}
