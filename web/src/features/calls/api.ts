// Requests about past calls.

import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { get, getBlob, saveBlob, type Query } from '@/shared/api/client'
import type { Page } from '@/shared/api/types'

import type { CallDetail, CallRow, Waveform } from './types'

const PAGE_SIZE = 50
const WAVEFORM_POINTS = 900

export const useCalls = (query: Ref<Query>) =>
  useInfiniteQuery({
    queryKey: computed(() => ['calls', query.value]),
    queryFn: ({ pageParam }) =>
      get<Page<CallRow>>('/calls', { ...query.value, limit: PAGE_SIZE, cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  })

const path = (id: string): string => `/calls/${encodeURIComponent(id)}`

export const useCall = (id: Ref<string | null>) =>
  useQuery({
    queryKey: computed(() => ['call', id.value]),
    queryFn: () => get<CallDetail>(path(id.value ?? '')),
    enabled: computed(() => id.value !== null),
  })

export const useWaveform = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['waveform', id.value]),
    queryFn: () => get<Waveform>(`${path(id.value)}/waveform`, { points: WAVEFORM_POINTS }),
    staleTime: Infinity,
  })

/** The audio is fetched with the session's token, so it comes as a blob. */
export const useRecording = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['recording', id.value]),
    queryFn: () => getBlob(`${path(id.value)}/recording`),
    staleTime: Infinity,
    gcTime: 60_000,
  })

export async function downloadRecording(call: CallRow): Promise<void> {
  saveBlob(await getBlob(`${path(call.id)}/recording`, { download: 1 }), `${call.id}.wav`)
}

export async function exportCalls(query: Query, format: 'csv' | 'xlsx', name: string): Promise<void> {
  saveBlob(await getBlob('/calls/export', { ...query, format }), `${name}.${format}`)
}
