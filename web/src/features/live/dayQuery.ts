// What a figure of the day asks of the reports when it is opened: today, of all in sight or of these queues. Pure.

import type { ReportQuery } from '@/features/reports/api'

const DAY_MS = 86_400_000

export const dayQuery = (start: string, queueIds: readonly string[]): ReportQuery => ({
  key: 'query',
  from: start,
  to: new Date(Date.parse(start) + DAY_MS).toISOString(),
  grain: 'total',
  group_by: [],
  filters: queueIds.length > 0 ? { queue: [...queueIds] } : {},
  variant: '',
  compare: '',
})
