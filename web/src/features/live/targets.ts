// Targets are the lines at which alarms turn amber and red; they colour the figures everywhere. Pure.

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

/** Their lines are percent, their values shares. */
const RATES: ReadonlySet<string> = new Set(['service_level', 'answer_rate', 'abandon_rate'])

/** Of these, little is bad; of all others, much is. */
const LITTLE_IS_BAD: ReadonlySet<string> = new Set(['service_level', 'answer_rate', 'ready', 'signed_in'])

function toneOf(metric: string, value: number, { amber, red }: TargetRule): Tone {
  const shown = RATES.has(metric) ? 100 * value : value
  const beyond = (line: number | null | undefined): boolean =>
    line !== null && line !== undefined && (LITTLE_IS_BAD.has(metric) ? shown <= line : shown >= line)
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

export function targetsOf(rules: readonly TargetRule[]): Targets {
  return {
    tone(metric, queueId, value) {
      const rule = value === null ? undefined : nearest(rules, metric, queueId)
      return rule && value !== null ? toneOf(metric, value, rule) : ''
    },
    line(metric, queueId) {
      const rule = nearest(rules, metric, queueId)
      const line = rule?.amber ?? rule?.red ?? null
      return line !== null && RATES.has(metric) ? line / 100 : line
    },
  }
}
