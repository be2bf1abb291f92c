// Requests about flows.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'

import type { FlowDocument } from './tree'

const one = (id: string) => ({ path: { flow_id: id } })
const LISTS = ['flows', 'flow']

export const useFlows = () =>
  useQuery({ queryKey: ['flows'], queryFn: () => unwrap(api.GET('/api/v1/flows')) })

export const useFlow = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['flow', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/flows/{flow_id}', { params: one(id.value) })),
  })

export const useSaveDraft = () =>
  useChange(LISTS, ({ id, document }: { id: string; document: FlowDocument }) =>
    unwrap(
      api.PUT('/api/v1/flows/{flow_id}/draft', { params: one(id), body: { document: { ...document } } }),
    ),
  )

export const usePublish = () =>
  useChange(LISTS, ({ id, note, version }: { id: string; note: string; version?: number }) =>
    unwrap(
      api.POST('/api/v1/flows/{flow_id}/publish', {
        params: one(id),
        body: { note, version: version ?? null },
      }),
    ),
  )

export const checkFlow = (id: string) =>
  unwrap(api.POST('/api/v1/flows/{flow_id}/check', { params: one(id) }))
