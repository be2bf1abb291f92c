// Alarms in words: what stands how high, named by the metric dictionary. Pure.

import { clock } from '@/shared/format/time'
import { metricName, type LiveMetric, type Metrics } from '@/shared/metrics/liveMetrics'

import type { AlarmRule, Scope } from './types'

/** Of the figures of the moment, those that agents, trunks or the whole centre have; queues have the others. */
const SCOPES: ReadonlyMap<string, readonly Scope[]> = new Map([
  ['engine_down', ['site']],
  ['trunk_used_pct', ['trunk', 'site']],
  ['rest_s', ['agent']],
  ['busy_s', ['agent']],
  ['after_call_s', ['agent']],
])
const OF_QUEUES: readonly Scope[] = ['site', 'queue']
const OF_MOMENT: readonly string[] = ['waiting', 'longest_wait_s', 'ready', 'signed_in_now', ...SCOPES.keys()]

const order = (one: LiveMetric): number => OF_MOMENT.indexOf(one.key)

/** The figures of the dictionary that alarms can watch: of the moment, then of the day. */
export const watchable = (metrics: Metrics): LiveMetric[] => {
  const all = [...metrics.values()]
  const moment = all.filter((one) => order(one) >= 0).sort((one, other) => order(one) - order(other))
  return [...moment, ...all.filter((one) => one.day)]
}

/** What a figure can be about. */
export const scopesOf = (key: string): readonly Scope[] => SCOPES.get(key) ?? OF_QUEUES

const UNITS = { ratio: 'percent', duration: 'seconds', count: 'count', number: 'count' } as const

/** In what the lines of a figure are written. */
export const unitOf = (metric: LiveMetric | undefined): 'percent' | 'seconds' | 'count' =>
  UNITS[metric?.unit ?? 'count']

/** A value as people read it. */
export function valueText(metric: LiveMetric | undefined, value: number): string {
  switch (unitOf(metric)) {
    case 'percent':
      return `${Math.round(value * 10) / 10}%`
    case 'seconds':
      return clock(value)
    case 'count':
      return String(Math.round(value))
  }
}

export const alarmText = (alarm: { metric: string; value: number }, metrics: Metrics): string =>
  `${metricName(metrics, alarm.metric)} ${valueText(metrics.get(alarm.metric), alarm.value)}`

/** What is wrong with a rule: `lines` none is set, `order` red would come before amber, `name` it has none; '' nothing. */
export function wrongRule(
  { name, metric, amber = null, red = null }: AlarmRule,
  metrics: Metrics,
): '' | 'lines' | 'order' | 'name' {
  if (!name.trim()) return 'name'
  if (amber === null && red === null) return 'lines'
  if (amber === null || red === null) return ''
  return (metrics.get(metric)?.little_is_bad ? red < amber : red > amber) ? '' : 'order'
}
