// Requests about announcements of the day.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

export type AnnouncementRead = components['schemas']['AnnouncementRead']
export type AnnouncementForm = Required<Omit<components['schemas']['AnnouncementCreate'], 'authority_id'>>

export const useAnnouncements = (inactive: Ref<boolean>) =>
  useQuery({
    queryKey: computed(() => ['announcements', inactive.value]),
    queryFn: () =>
      unwrap(api.GET('/api/v1/announcements', { params: { query: { inactive: inactive.value } } })),
    refetchInterval: 60_000, // “in force” changes with the clock
  })

const one = (id: string) => ({ path: { announcement_id: id } })

export const useSaveAnnouncement = () =>
  useChange(
    ['announcements'],
    ({ id, form }: { id: string | null; form: AnnouncementForm }) =>
      id === null
        ? unwrap(api.POST('/api/v1/announcements', { body: form }))
        : unwrap(api.PATCH('/api/v1/announcements/{announcement_id}', { params: one(id), body: form })),
    true,
  )

export const useDeactivateAnnouncement = () =>
  useChange(['announcements'], (id: string) =>
    unwrap(api.DELETE('/api/v1/announcements/{announcement_id}', { params: one(id) })),
  )
