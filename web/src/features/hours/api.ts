// Requests about opening hours.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { HoursCreate } from '@/shared/api/types'

export type HoursForm = Required<Omit<HoursCreate, 'authority_id'>>
export type Override = '' | 'open' | 'closed'

export const useHours = (inactive: Ref<boolean>) =>
  useQuery({
    queryKey: computed(() => ['hours', inactive.value]),
    queryFn: () => unwrap(api.GET('/api/v1/hours', { params: { query: { inactive: inactive.value } } })),
    refetchInterval: 60_000, // “open now” changes with the clock
  })

const one = (id: string) => ({ path: { hours_id: id } })

export const useSaveHours = () =>
  useChange(
    ['hours'],
    ({ id, form }: { id: string | null; form: HoursForm }) =>
      id === null
        ? unwrap(api.POST('/api/v1/hours', { body: form }))
        : unwrap(api.PATCH('/api/v1/hours/{hours_id}', { params: one(id), body: form })),
    true,
  )

export const useOverrideHours = () =>
  useChange(['hours'], ({ id, override }: { id: string; override: Override }) =>
    unwrap(api.PUT('/api/v1/hours/{hours_id}/override', { params: one(id), body: { override } })),
  )

export const useDeactivateHours = () =>
  useChange(['hours'], (id: string) => unwrap(api.DELETE('/api/v1/hours/{hours_id}', { params: one(id) })))

export const previewHours = (id: string, at: string) =>
  unwrap(api.GET('/api/v1/hours/{hours_id}/preview', { params: { ...one(id), query: { at } } }))
