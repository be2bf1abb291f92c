// The rules for calls out as a form: hours as 08:00, and what must hold before they are sent.

import type { OutboundRule } from '@/shared/api/types'
import { clockText, minuteOfDay } from '@/shared/format/time'

export interface OutboundLine extends Omit<OutboundRule, 'from_min' | 'until_min'> {
  from: string
  until: string
}

export const blankLine = (): OutboundLine => ({
  prefix: '',
  allowed: true,
  min_class: 0,
  from: '00:00',
  until: '24:00',
  daily_limit: 0,
  note: '',
})

export const lineOf = ({ from_min, until_min, ...rest }: OutboundRule): OutboundLine => ({
  ...rest,
  from: clockText(from_min),
  until: clockText(until_min),
})

export type LineProblem = 'outbound.badPrefix' | 'outbound.badHours' | 'prefixTwice'

/** The first thing wrong with the lines, and where; null when they can be sent. */
export function linesProblem(lines: OutboundLine[]): { index: number; problem: LineProblem } | null {
  const seen = new Set<string>()
  for (const [index, line] of lines.entries()) {
    if (!/^\+?[0-9]{0,20}$/.test(line.prefix.trim())) return { index, problem: 'outbound.badPrefix' }
    if (seen.has(line.prefix.trim())) return { index, problem: 'prefixTwice' }
    seen.add(line.prefix.trim())
    const from = minuteOfDay(line.from)
    const until = minuteOfDay(line.until)
    if (from === null || until === null || from >= until) return { index, problem: 'outbound.badHours' }
  }
  return null
}

const ABROAD = '00'
const FOR_ABROAD = 3

/** True when a rule for all numbers opens calls abroad to people who may not otherwise make them. */
export function allowsAbroad(lines: OutboundLine[]): boolean {
  const all = lines.find(({ prefix }) => prefix.trim() === '')
  return Boolean(
    all?.allowed && all.min_class < FOR_ABROAD && lines.every(({ prefix }) => prefix.trim() !== ABROAD),
  )
}

export const rulesOf = (lines: OutboundLine[]): OutboundRule[] =>
  lines.map(({ from, until, prefix, ...rest }) => ({
    ...rest,
    prefix: prefix.trim(),
    from_min: minuteOfDay(from) ?? 0,
    until_min: minuteOfDay(until) ?? 1440,
  }))
