// Periods people ask for, in local days.

import { dayStart, localDay } from '@/shared/format/time'

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

/** First and last day of a preset, seen from `today`. Weeks begin on Monday. */
export function presetDays(preset: Preset, today: Date): Days {
  const day = (offset: number): string => localDay(dayStart(today, offset))
  const [year, month] = [today.getFullYear(), today.getMonth()]
  switch (preset) {
    case 'today':
      return { first: day(0), last: day(0) }
    case 'yesterday':
      return { first: day(-1), last: day(-1) }
    case 'last7':
      return { first: day(-6), last: day(0) }
    case 'last30':
      return { first: day(-29), last: day(0) }
    case 'thisWeek':
      return { first: day(-((today.getDay() + 6) % 7)), last: day(0) }
    case 'thisMonth':
      return { first: localDay(new Date(year, month, 1)), last: day(0) }
    case 'lastMonth':
      return { first: localDay(new Date(year, month - 1, 1)), last: localDay(new Date(year, month, 0)) }
    case 'thisYear':
      return { first: `${year}-01-01`, last: day(0) }
  }
}

function midnightOf(day: string, daysLater: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + daysLater).toISOString()
}

/** The moments between which the days lie, as the server wants them: `to` is the midnight after the last day. */
export function daysToRange({ first, last }: Days): { from: string; to: string } {
  return { from: midnightOf(first, 0), to: midnightOf(last, 1) }
}
