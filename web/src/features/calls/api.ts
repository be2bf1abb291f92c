// Requests about past calls.

import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, present, saveBlob, unwrap } from '@/shared/api/client'
import type { operations } from '@/shared/api/generated'
import type { CallRow } from '@/shared/api/types'

const PAGE_SIZE = 50
const WAVEFORM_POINTS = 900

type ServerQuery = NonNullable<operations['list_calls']['parameters']['query']>

/** Filters as the address holds them: text, empty for none. */
export interface CallQuery {
  from: string
  to: string
  number: string
  agent: string
  queue: string
  hotline: string
  direction: string
  disposition: string
  has_recording: string
}

const serverQuery = (query: CallQuery): ServerQuery => present(query) as unknown as ServerQuery

export const useCalls = (query: Ref<CallQuery>) =>
  useInfiniteQuery({
    queryKey: computed(() => ['calls', query.value]),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/calls', {
          params: { query: present({ ...serverQuery(query.value), limit: PAGE_SIZE, cursor: pageParam }) },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  })

const one = (id: string) => ({ path: { call_id: id } })

export const useCall = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['call', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/calls/{call_id}', { params: one(id.value) })),
  })

export const useWaveform = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['waveform', id.value]),
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/calls/{call_id}/waveform', {
          params: { ...one(id.value), query: { points: WAVEFORM_POINTS } },
        }),
      ),
    staleTime: Infinity,
  })

async function recordingOf(id: string, download: boolean): Promise<Blob> {
  const params = { ...one(id), query: download ? { download } : {} }
  return (await unwrap(api.GET('/api/v1/calls/{call_id}/recording', { params, parseAs: 'blob' }))) as Blob
}

/** The audio is fetched with the session's token, so it comes as a blob. */
export const useRecording = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['recording', id.value]),
    queryFn: () => recordingOf(id.value, false),
    staleTime: Infinity,
    gcTime: 60_000,
  })

export async function downloadRecording(call: CallRow): Promise<void> {
  saveBlob(await recordingOf(call.id, true), `${call.id}.wav`)
}

/** The same list as a job in the background. */
export const exportCallsLong = (
  query: CallQuery,
  format: 'csv' | 'xlsx',
  name: string,
  reason: string,
): Promise<unknown> =>
  unwrap(
    api.POST('/api/v1/export-jobs', {
      body: { kind: 'calls', name, format, reason, question: present(query) },
    }),
  )

export async function exportCalls(query: CallQuery, format: 'csv' | 'xlsx', name: string): Promise<void> {
  const params = { query: { ...serverQuery(query), format } }
  saveBlob(
    (await unwrap(api.GET('/api/v1/calls/export', { params, parseAs: 'blob' }))) as Blob,
    `${name}.${format}`,
  )
}
