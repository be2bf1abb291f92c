// Requests about queues.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { QueueCreate } from '@/shared/api/types'

export const useQueues = (inactive: Ref<boolean>) =>
  useQuery({
    queryKey: computed(() => ['queues', inactive.value]),
    queryFn: () => unwrap(api.GET('/api/v1/queues', { params: { query: { inactive: inactive.value } } })),
  })

export type QueueForm = Required<Omit<QueueCreate, 'authority_id' | 'own_survey'>> &
  Pick<QueueCreate, 'own_survey'>

const one = (id: string) => ({ path: { queue_id: id } })

export const useSaveQueue = () =>
  useChange(
    ['queues'],
    async ({ id, form }: { id: string | null; form: QueueForm }) => {
      if (id === null) return unwrap(api.POST('/api/v1/queues', { body: form }))
      const { members, ...fields } = form
      await unwrap(api.PATCH('/api/v1/queues/{queue_id}', { params: one(id), body: fields }))
      return unwrap(api.PUT('/api/v1/queues/{queue_id}/members', { params: one(id), body: { members } }))
    },
    true,
  )

export const useDeactivateQueue = () =>
  useChange(['queues'], (id: string) => unwrap(api.DELETE('/api/v1/queues/{queue_id}', { params: one(id) })))
