// Periods people ask for, in the site's days.

import { addDays, localDay, midnightOf, monthOf, weekday } from '@/shared/format/time'

export const PRESETS = [
  'today',
  'yesterday',
  'last7',
  'last30',
  'thisWeek',
  'thisMonth',
  'lastMonth',
  'thisYear',
] as const
export type Preset = (typeof PRESETS)[number]

export interface Days {
  /** First local day, 2026-11-22. */
  first: string
  /** Last local day, included. */
  last: string
}

/** First and last day of a preset, seen from `now`. Weeks begin on Monday. */
export function presetDays(preset: Preset, now: Date): Days {
  const today = localDay(now)
  const since = (days: number): Days => ({ first: addDays(today, -days), last: today })
  switch (preset) {
    case 'today':
      return since(0)
    case 'yesterday':
      return { first: addDays(today, -1), last: addDays(today, -1) }
    case 'last7':
      return since(6)
    case 'last30':
      return since(29)
    case 'thisWeek':
      return since(weekday(today))
    case 'thisMonth':
      return { first: monthOf(today).first, last: today }
    case 'lastMonth':
      return monthOf(today, -1)
    case 'thisYear':
      return { first: `${today.slice(0, 4)}-01-01`, last: today }
  }
}

/** The moments between which the days lie, as the server wants them: `to` is the midnight after the last day. */
export function daysToRange({ first, last }: Days): { from: string; to: string } {
  return { from: midnightOf(first), to: midnightOf(addDays(last, 1)) }
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const isDay = (text: string): boolean => DAY.test(text) && !Number.isNaN(Date.parse(text))

/** Days from an address; `otherwise` where somebody wrote what is no day. */
export const knownDays = (given: Days, otherwise: Days): Days =>
  isDay(given.first) && isDay(given.last) ? given : otherwise
