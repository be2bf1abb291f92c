// The metric dictionary as live screens need it, and today's figures by it. Nothing is computed here.

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type Ref } from 'vue'

import { api, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'
import { currentLocale } from '@/shared/i18n'

type Schemas = components['schemas']
export type LiveMetric = Schemas['LiveMetric']
export type DayFigures = Schemas['DayFigures']
export type Metrics = ReadonlyMap<string, LiveMetric>

const AGAIN_MS = 5_000

export function useLiveMetrics(): ComputedRef<Metrics> {
  const { data } = useQuery({
    queryKey: ['live-metrics'],
    queryFn: () => unwrap(api.GET('/api/v1/live/metrics')),
    staleTime: Infinity,
  })
  return computed(() => new Map((data.value ?? []).map((one) => [one.key, one])))
}

/** Today's figures of everything in sight, or of these queues; null while the statistics are away. Asked again every few seconds. */
export function useDayFigures(queueIds: Ref<readonly string[]>): ComputedRef<DayFigures | null> {
  const { data, isError } = useQuery({
    queryKey: computed(() => ['day-figures', ...queueIds.value]),
    queryFn: () =>
      unwrap(api.GET('/api/v1/live/figures', { params: { query: { queue: [...queueIds.value] } } })),
    refetchInterval: AGAIN_MS,
    refetchIntervalInBackground: true,
    retry: false,
  })
  return computed(() => (isError.value ? null : (data.value ?? null)))
}

export const metricName = (metrics: Metrics, key: string): string => {
  const metric = metrics.get(key)
  return (currentLocale() === 'en' ? metric?.name_en : metric?.name) ?? key
}
