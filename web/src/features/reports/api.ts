// Requests about reports, what is behind their figures, and listings.

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, present, saveBlob, unwrap } from '@/shared/api/client'
import type { components, operations } from '@/shared/api/generated'

type Schemas = components['schemas']
export type ReportInfo = Schemas['ReportView']
export type ReportAnswer = Schemas['ReportAnswer']
export type ReportRow = Schemas['ReportRow']
export type ReportColumn = Schemas['Column']
export type Counted = Schemas['Counted']
export type ListingAnswer = Schemas['ListingAnswer']

type ServerQuery = NonNullable<operations['get_report']['parameters']['query']>
type ListingQuery = NonNullable<operations['get_listing']['parameters']['query']>

/** What is asked of a report; filters by the name of their dimension. */
export interface ReportQuery {
  key: string
  from: string
  to: string
  grain: string
  group_by: string[]
  filters: Record<string, string[]>
  variant: string
  compare: string
  /** A figure by which rows are sorted, most first; with `-` before it least first; none: as they come. */
  sort?: string
}

/** One figure on one row: what a drill-down is about. */
export interface Place {
  figure: string
  /** The row's time; none: all rows. */
  at: string | null
  /** `dimension:id` of the row; `dimension:` for none. */
  row: string[]
}

const filled = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== '')),
  )

function serverQuery({ key: _key, filters, ...query }: ReportQuery): ServerQuery {
  return filled({ ...query, ...filters }) as ServerQuery
}

export const useReports = () =>
  useQuery({ queryKey: ['reports'], queryFn: () => unwrap(api.GET('/api/v1/reports')), staleTime: Infinity })

export const useDimensionNames = () =>
  useQuery({
    queryKey: ['report-dimensions'],
    queryFn: () => unwrap(api.GET('/api/v1/metrics/dimensions')),
    staleTime: Infinity,
  })

export const useReport = (query: Ref<ReportQuery | null>) =>
  useQuery({
    queryKey: computed(() => ['report', query.value]),
    queryFn: async () => {
      const asked = query.value as ReportQuery
      const answer = await unwrap(
        api.GET('/api/v1/reports/{key}', {
          params: { path: { key: asked.key }, query: present(serverQuery(asked)) },
        }),
      )
      return answer as ReportAnswer // only reports of figures are asked for here
    },
    enabled: computed(() => query.value !== null),
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  })

export type FileFormat = 'csv' | 'xlsx' | 'pdf'

export async function exportReport(query: ReportQuery, format: FileFormat, name: string): Promise<void> {
  const params = { path: { key: query.key }, query: { ...serverQuery(query), format } }
  const blob = await unwrap(api.GET('/api/v1/reports/{key}', { params, parseAs: 'blob' }))
  saveBlob(blob as unknown as Blob, `${name}.${format}`)
}

const placed = (query: ReportQuery, { figure, at, row }: Place): Record<string, unknown> =>
  filled({ ...serverQuery(query), figure, row, at: at ?? '' })

export const useExplanation = (query: Ref<ReportQuery>, place: Ref<Place | null>) =>
  useQuery({
    queryKey: computed(() => ['explain', query.value, place.value]),
    queryFn: () => {
      const asked = placed(query.value, place.value as Place)
      return unwrap(
        api.GET('/api/v1/reports/{key}/explain', {
          params: { path: { key: query.value.key }, query: asked as { figure: string } },
        }),
      )
    },
    enabled: computed(() => place.value !== null),
  })

const PAGE = 50

export const useCounted = (query: Ref<ReportQuery>, place: Ref<Place | null>, part: Ref<string>) =>
  useInfiniteQuery({
    queryKey: computed(() => ['counted', query.value, place.value, part.value]),
    initialPageParam: '',
    queryFn: ({ pageParam }) => {
      const asked = filled({
        ...placed(query.value, place.value as Place),
        part: part.value,
        cursor: pageParam,
        limit: PAGE,
      })
      return unwrap(
        api.GET('/api/v1/reports/{key}/calls', {
          params: { path: { key: query.value.key }, query: asked as { figure: string } },
        }),
      )
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: computed(() => place.value !== null),
  })

function listingQuery({ from, to, filters }: ReportQuery): ListingQuery {
  return filled({ from, to, ...filters }) as ListingQuery
}

export const useListing = (query: Ref<ReportQuery | null>) =>
  useInfiniteQuery({
    queryKey: computed(() => ['listing', query.value]),
    initialPageParam: '',
    queryFn: ({ pageParam }) => {
      const asked = query.value as ReportQuery
      return unwrap(
        api.GET('/api/v1/listings/{key}', {
          params: {
            path: { key: asked.key },
            query: filled({ ...listingQuery(asked), cursor: pageParam }) as ListingQuery,
          },
        }),
      )
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: computed(() => query.value !== null),
  })

export async function exportListing(query: ReportQuery, format: FileFormat, name: string): Promise<void> {
  const params = { path: { key: query.key }, query: { ...listingQuery(query), format } }
  const blob = await unwrap(api.GET('/api/v1/listings/{key}', { params, parseAs: 'blob' }))
  saveBlob(blob as unknown as Blob, `${name}.${format}`)
}

/** The same listing as a job in the background. */
export const exportLong = (
  query: ReportQuery,
  format: 'csv' | 'xlsx',
  name: string,
  reason: string,
): Promise<unknown> =>
  unwrap(
    api.POST('/api/v1/export-jobs', {
      body: { kind: 'listing', name, format, reason, question: { key: query.key, ...listingQuery(query) } },
    }),
  )
