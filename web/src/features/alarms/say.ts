// Alarms in words: what stands how high. Pure but for the words.

import { percent } from '@/shared/format/number'
import { clock, NOTHING } from '@/shared/format/time'
import { translate } from '@/shared/i18n'

export const METRICS = [
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
] as const
export type Metric = (typeof METRICS)[number]

const RATES: ReadonlySet<string> = new Set(['service_level', 'answer_rate', 'abandon_rate'])

/** What a metric can be about. */
export function scopesOf(metric: string): readonly ('site' | 'queue' | 'trunk' | 'agent')[] {
  if (metric === 'engine_down') return ['site']
  if (metric === 'trunk_used_pct') return ['trunk']
  if (['rest_s', 'busy_s', 'after_call_s'].includes(metric)) return ['agent']
  return ['site', 'queue']
}

export const unitOf = (metric: string): 'share' | 'percent' | 'seconds' | 'count' | 'none' => {
  if (metric === 'engine_down') return 'none'
  if (RATES.has(metric)) return 'share'
  if (metric === 'trunk_used_pct') return 'percent'
  return metric.endsWith('_s') ? 'seconds' : 'count'
}

/** A value as people read it. */
export function valueText(metric: string, value: number | null): string {
  if (value === null) return NOTHING
  switch (unitOf(metric)) {
    case 'share':
      return percent(value, 1)
    case 'percent':
      return percent(value / 100, 0)
    case 'seconds':
      return clock(value)
    case 'count':
      return String(Math.round(value))
    case 'none':
      return ''
  }
}

export function alarmText(alarm: { metric: string; value: number | null }): string {
  return [translate(`alarms.metric.${alarm.metric}`), valueText(alarm.metric, alarm.value)]
    .filter(Boolean)
    .join(' ')
}

/** A line as it is typed: shares in percent. */
export const toShown = (metric: string, value: number | null): number | null =>
  value !== null && unitOf(metric) === 'share' ? Math.round(value * 10_000) / 100 : value

export const fromShown = (metric: string, shown: number | null): number | null =>
  shown !== null && unitOf(metric) === 'share' ? shown / 100 : shown

/** Of these, little is bad: red lies below amber. */
const LITTLE_IS_BAD: ReadonlySet<string> = new Set(['ready', 'signed_in', 'service_level', 'answer_rate'])

/** What is wrong with a rule: `lines` none is set, `order` red would come before amber, `name` it has none; '' nothing. */
export function wrongRule(rule: {
  name: string
  metric: string
  amber: number | null
  red: number | null
}): '' | 'lines' | 'order' | 'name' {
  if (!rule.name.trim()) return 'name'
  if (unitOf(rule.metric) === 'none') return ''
  const { amber, red } = rule
  if (amber === null && red === null) return 'lines'
  if (amber === null || red === null) return ''
  return (LITTLE_IS_BAD.has(rule.metric) ? red > amber : red < amber) ? 'order' : ''
}
