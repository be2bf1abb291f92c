// Own reports: kept definitions, what they ask of the server, and the form they are made with.

import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, present, saveBlob, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'
import { daysToRange, presetDays, type Preset } from '@/shared/ui/period'

import type { FileFormat, ReportQuery } from './api'

type Schemas = components['schemas']
export type OwnReport = Schemas['OwnReportView']
export type OwnReportForm = Schemas['OwnReportFields']
type QueryRequest = Schemas['QueryRequest']

export const OWN_PERIODS = [
  'today',
  'yesterday',
  'last7',
  'last30',
  'thisMonth',
  'lastMonth',
] as const satisfies readonly Preset[]
export const OWN_PICTURES = ['table', 'bar', 'line', 'pie'] as const
export const OWN_GRAINS = ['15min', 'hour', 'day', 'week', 'month', 'year', 'total'] as const

export const blankReport = (): OwnReportForm => ({
  name: '',
  about: '',
  shared: false,
  roles: [],
  definition: {
    figures: [],
    dimensions: [],
    grain: 'day',
    period: 'last7',
    filters: {},
    compare: '',
    picture: 'table',
  },
})

export const useMetrics = () =>
  useQuery({
    queryKey: ['metrics'],
    queryFn: () => unwrap(api.GET('/api/v1/metrics')),
    staleTime: Infinity,
  })

type Metric = Schemas['MetricView']
type DimensionView = Schemas['DimensionView']

/** The entries of the dictionary that were picked, in their order. */
export const pickedOf = (metrics: Metric[], keys: string[]): Metric[] =>
  metrics.filter(({ key }) => keys.includes(key))
const FEATURES = new Set(['tickets', 'complaints', 'knowledge'])
/** Tickets and the knowledge base count their figures themselves: they know no hotline and no queue. */
export const isOfFeature = ({ family }: Pick<Metric, 'family'>): boolean => FEATURES.has(family)
/** States of the moment cannot be put into a report. */
export const isPickable = ({ live, family, dimensions }: Metric): boolean =>
  live !== 'moment' && (dimensions.length > 0 || isOfFeature({ family }))
/** By what all of these figures can be split. */
export const splittableBy = (metrics: Metric[], dimensions: DimensionView[]): DimensionView[] =>
  dimensions.filter(({ key }) => metrics.every((one) => (one.dimensions as string[]).includes(key)))

export const useOwnReports = () =>
  useQuery({ queryKey: ['own-reports'], queryFn: () => unwrap(api.GET('/api/v1/own-reports')) })

/** Roles that may open reports: whom one can share with. */
export const useSharingRoles = () =>
  useQuery({
    queryKey: ['own-report-roles'],
    queryFn: () => unwrap(api.GET('/api/v1/own-reports/roles')),
    staleTime: Infinity,
  })

export function useSaveOwnReport() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, form }: { id: string | null; form: OwnReportForm }) =>
      id === null
        ? unwrap(api.POST('/api/v1/own-reports', { body: form }))
        : unwrap(
            api.PUT('/api/v1/own-reports/{report_id}', { params: { path: { report_id: id } }, body: form }),
          ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['own-reports'] }),
  })
}

export function useRemoveOwnReport() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE('/api/v1/own-reports/{report_id}', { params: { path: { report_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['own-reports'] }),
  })
}

/** What an own report asks, of the days it means when it is opened at `now`. */
export function questionOf(report: OwnReport, now: Date): QueryRequest {
  const { period, picture: _picture, ...definition } = report.definition
  return present({
    ...definition,
    ...daysToRange(presetDays(period as Preset, now)),
    name: report.name,
    variant: '',
    sort: '',
    limit: 5_000,
  }) as QueryRequest
}

export const useOwnAnswer = (question: Ref<QueryRequest | null>) =>
  useQuery({
    queryKey: computed(() => ['own-answer', question.value]),
    queryFn: () => unwrap(api.POST('/api/v1/reports/query', { body: question.value as QueryRequest })),
    enabled: computed(() => question.value !== null),
    staleTime: 5_000,
  })

export async function exportOwn(question: QueryRequest, format: FileFormat, name: string): Promise<void> {
  const blob = await unwrap(
    api.POST('/api/v1/reports/query', { body: question, params: { query: { format } }, parseAs: 'blob' }),
  )
  saveBlob(blob as unknown as Blob, `${name}.${format}`)
}

/** The same question as the drill-down asks it: a row names its groups itself. */
export const drillQuery = (question: QueryRequest): ReportQuery => ({
  key: 'query',
  from: question.from ?? '',
  to: question.to ?? '',
  grain: question.grain ?? 'total',
  group_by: [],
  filters: question.filters ?? {},
  variant: '',
  compare: '',
})
