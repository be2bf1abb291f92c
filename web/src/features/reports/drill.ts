// From a row of a report to the calls behind it.

import { dayStart, localDay } from '@/shared/format/time'
import type { Days } from '@/shared/ui/period'

import type { ReportRow } from './api'

/** The local days a row covers; finer grains lead to their whole day, for the call list counts in days. */
export function rowDays(row: Pick<ReportRow, 'time'>, grain: string, all: Days): Days {
  if (!row.time) return all
  const from = new Date(row.time)
  const end = (): Date => {
    switch (grain) {
      case 'week':
        return dayStart(from, 6)
      case 'month':
        return new Date(from.getFullYear(), from.getMonth() + 1, 0)
      case 'year':
        return new Date(from.getFullYear(), 11, 31)
      default:
        return from
    }
  }
  const first = localDay(from)
  const last = localDay(end())
  // A week or month at the edge may reach beyond what was asked for.
  return { first: first < all.first ? all.first : first, last: last > all.last ? all.last : last }
}
