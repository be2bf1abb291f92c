// The plan and the result of an acceptance as the screens read them (docs/contracts.md).

import type { AcceptanceRead } from './api'

export interface PlannedFigure {
  key: string
  name: string
  source: 'metric' | 'declared'
  unit: 'ratio' | 'permille' | 'count' | 'duration' | 'number'
  target: string
  direction: 'at_least' | 'at_most'
  per: 'day' | 'period'
  declared?: { numerator: string; denominator: string | null; evidence: string } | null
}

export interface JudgedDay {
  day: string
  numerator: number
  denominator: number | null
  requests: number | null
  value: string | null
  left_out: '' | 'excluded' | 'capacity'
  passed: boolean | null
}

interface JudgedFigure {
  key: string
  numerator: number | string | null
  denominator: number | string | null
  value: string | null
  passed: boolean | null
  counted_days: number
  /** Of a figure of continuous 24 hours: when the worst of them begin, local time. */
  worst_from?: string | null
  days: JudgedDay[]
  failing_days: string[]
}

export interface Entry {
  rule: number
  kind: 'deduct' | 'withhold' | 'terminate' | 'warn'
  times: number
  amount: string
}

export interface Plan {
  contract: { name: string; number: string; client: string; contractor: string; period_fee: string }
  figures: PlannedFigure[]
  exclusions: { kind: string; from_ms: number; to_ms: number; reason: string; evidence: string }[]
}

export interface Result {
  passed: boolean | null
  figures: JudgedFigure[]
  entries: Entry[]
  deducted: string
  withheld: string
  payable: string | null
  terminate: boolean
}

export interface FigureRow extends PlannedFigure {
  result: JudgedFigure
  words: string[]
}

export const UNIT_SIGNS = { ratio: '%', permille: '‰', count: '', duration: '秒', number: '' }

export const planOf = (read: AcceptanceRead): Plan => read.plan as unknown as Plan
export const resultOf = (read: AcceptanceRead): Result => read.result as unknown as Result

/** "95.0000" → "95": stored decimals without needless zeros. */
export const plainNumber = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

export const withUnit = (figure: PlannedFigure, value: string | null): string =>
  value === null ? '—' : `${value}${UNIT_SIGNS[figure.unit]}`

export const targetText = (figure: PlannedFigure): string =>
  `${figure.direction === 'at_least' ? '≥' : '≤'} ${plainNumber(figure.target)}${UNIT_SIGNS[figure.unit]}`

/** Each figure of the plan with its result and its sentences. */
export function figureRows(read: AcceptanceRead): FigureRow[] {
  const results = new Map(resultOf(read).figures.map((result) => [result.key, result]))
  return planOf(read).figures.flatMap((figure) => {
    const result = results.get(figure.key)
    return result ? [{ ...figure, result, words: read.words[figure.key] ?? [] }] : []
  })
}

/** What was counted, sums of time in seconds. */
export function countedText(figure: PlannedFigure, value: number | string | null): string {
  if (value === null) return '—'
  const isTime = figure.unit === 'duration' && figure.source === 'metric'
  return isTime ? `${Math.round(Number(value) / 1000)} 秒` : plainNumber(String(value))
}
