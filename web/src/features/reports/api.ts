// Requests about reports.

import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, present, saveBlob, unwrap } from '@/shared/api/client'
import type { components, operations } from '@/shared/api/generated'

export type ReportInfo = components['schemas']['ReportView']
export type ReportAnswer = components['schemas']['ReportAnswer']
export type ReportRow = components['schemas']['ReportRow']
export type ReportColumn = components['schemas']['Column']

type ServerQuery = NonNullable<operations['get_report']['parameters']['query']>

export interface ReportQuery {
  key: string
  from: string
  to: string
  grain: string
  group_by: string[]
  hotline: string[]
  queue: string[]
  agent: string[]
  variant: string
}

function serverQuery({ key: _key, ...query }: ReportQuery): ServerQuery {
  const full = Object.entries(query).filter(([, value]) => value.length > 0)
  return Object.fromEntries(full) as ServerQuery
}

export const useReports = () =>
  useQuery({ queryKey: ['reports'], queryFn: () => unwrap(api.GET('/api/v1/reports')), staleTime: Infinity })

export const useReport = (query: Ref<ReportQuery>) =>
  useQuery({
    queryKey: computed(() => ['report', query.value]),
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/reports/{key}', {
          params: { path: { key: query.value.key }, query: present(serverQuery(query.value)) },
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  })

export async function exportReport(query: ReportQuery, format: 'csv' | 'xlsx', name: string): Promise<void> {
  const params = { path: { key: query.key }, query: { ...serverQuery(query), format } }
  const blob = await unwrap(api.GET('/api/v1/reports/{key}', { params, parseAs: 'blob' }))
  saveBlob(blob as unknown as Blob, `${name}.${format}`)
}
