// Targets are the lines at which alarms turn amber and red; they colour the figures everywhere. Pure.

import type { LiveMetric, Metrics } from '@/shared/metrics/liveMetrics'

export interface TargetRule {
  scope: string
  target_id?: string | null
  metric: string
  amber?: number | null
  red?: number | null
}

export type Tone = '' | 'amber' | 'red'

export interface Targets {
  /** How a figure stands; of a queue, or of the whole site ('' as id). No figure, no tone. */
  tone(metric: string, queueId: string, value: number | null): Tone
  /** The line that is to be held, or null when nobody set one. */
  line(metric: string, queueId: string): number | null
}

/** Lines of ratios are percent, their values shares. */
const isRatio = (metric: LiveMetric | undefined): boolean => metric?.unit === 'ratio'

function toneOf(metric: LiveMetric | undefined, value: number, { amber, red }: TargetRule): Tone {
  const shown = isRatio(metric) ? Number((100 * value).toFixed(6)) : value
  const beyond = (line: number | null | undefined): boolean =>
    line !== null && line !== undefined && (metric?.little_is_bad ? shown <= line : shown >= line)
  if (beyond(red)) return 'red'
  return beyond(amber) ? 'amber' : ''
}

/** The rule nearest to a queue: its own, then one for every queue, then the site's. */
function nearest(rules: readonly TargetRule[], metric: string, queueId: string): TargetRule | undefined {
  const about = rules.filter((rule) => rule.metric === metric)
  const ofQueue = queueId
    ? (about.find((rule) => rule.scope === 'queue' && rule.target_id === queueId) ??
      about.find((rule) => rule.scope === 'queue' && !rule.target_id))
    : undefined
  return ofQueue ?? about.find((rule) => rule.scope === 'site')
}

export function targetsOf(rules: readonly TargetRule[], metrics: Metrics): Targets {
  return {
    tone(metric, queueId, value) {
      const rule = value === null ? undefined : nearest(rules, metric, queueId)
      return rule && value !== null ? toneOf(metrics.get(metric), value, rule) : ''
    },
    line(metric, queueId) {
      const rule = nearest(rules, metric, queueId)
      const line = rule?.amber ?? rule?.red ?? null
      return line !== null && isRatio(metrics.get(metric)) ? line / 100 : line
    },
  }
}
