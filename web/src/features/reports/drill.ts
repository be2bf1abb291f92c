// From a row of a report to the calls behind it.

import { addDays, localDay, monthOf } from '@/shared/format/time'
import type { Days } from '@/shared/ui/period'

import type { ReportRow } from './api'

/** The local days a row covers; finer grains lead to their whole day, for the call list counts in days. */
export function rowDays(row: Pick<ReportRow, 'time'>, grain: string, all: Days): Days {
  if (!row.time) return all
  const first = localDay(new Date(row.time))
  const last = lastDay(first, grain)
  // A week or month at the edge may reach beyond what was asked for.
  return { first: first < all.first ? all.first : first, last: last > all.last ? all.last : last }
}

function lastDay(first: string, grain: string): string {
  switch (grain) {
    case 'week':
      return addDays(first, 6)
    case 'month':
      return monthOf(first).last
    case 'year':
      return `${first.slice(0, 4)}-12-31`
    default:
      return first
  }
}
