// What a figure of the ticket reports asks of the reports when it is opened: a day, or one of the groups. Pure.

import type { Place, ReportQuery } from '@/features/reports/api'

import type { ReportGroup } from './api'

export const drillQuery = (range: { from: string; to: string }, group: ReportGroup): ReportQuery => ({
  key: 'query',
  ...range,
  grain: group === 'day' ? 'day' : 'total',
  group_by: [],
  filters: {},
  variant: '',
  compare: '',
})

/** `id` is the row's group, undefined for the totals. A ticket's person in charge is its agent. */
export function drillPlace(
  report: 'tickets' | 'complaints',
  figure: string,
  group: ReportGroup,
  id: string | undefined,
): Place {
  const whole = { figure: `${report}_${figure}`, at: null, row: [] }
  if (id === undefined) return whole
  if (group === 'day') return { ...whole, at: `${id}T00:00:00+08:00` }
  return { ...whole, row: [`${group === 'agent' ? 'agent' : `ticket_${group}`}:${id}`] }
}
