// Requests about opening hours.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { HoursCreate, NationalDay } from '@/shared/api/types'

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

export interface OverrideForm {
  override: Override
  /** A moment; null: until it is taken back. */
  until: string | null
  note: string
}

export const useOverrideHours = () =>
  useChange(['hours'], ({ id, ...body }: { id: string } & OverrideForm) =>
    unwrap(api.PUT('/api/v1/hours/{hours_id}/override', { params: one(id), body })),
  )

export const useDeactivateHours = () =>
  useChange(['hours'], (id: string) => unwrap(api.DELETE('/api/v1/hours/{hours_id}', { params: one(id) })))

export const previewHours = (id: string, at: string) =>
  unwrap(api.GET('/api/v1/hours/{hours_id}/preview', { params: { ...one(id), query: { at } } }))

export const useNationalCalendar = () =>
  useQuery({
    queryKey: ['national-calendar'],
    queryFn: () => unwrap(api.GET('/api/v1/national-calendar')),
  })

const ofYear = (year: number) => ({ path: { year } })

export const useSaveNationalYear = () =>
  useChange(
    ['national-calendar', 'hours'],
    ({ year, days }: { year: number; days: NationalDay[] }) =>
      unwrap(api.PUT('/api/v1/national-calendar/{year}', { params: ofYear(year), body: { days } })),
    true,
  )

export const readNotice = (year: number, text: string) =>
  unwrap(api.POST('/api/v1/national-calendar/{year}/notice', { params: ofYear(year), body: { text } }))
