// Requests about global parameters.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

export type Parameter = components['schemas']['ParameterRead']
export type ParameterWrite = components['schemas']['ParameterWrite']

const one = (id: string) => ({ path: { parameter_id: id } })

export const useParameters = () =>
  useQuery({ queryKey: ['parameters'], queryFn: () => unwrap(api.GET('/api/v1/parameters')) })

export const useSaveParameter = () =>
  useChange(
    ['parameters', 'parameter-history'],
    ({ id, body }: { id: string | null; body: ParameterWrite }) =>
      id === null
        ? unwrap(api.POST('/api/v1/parameters', { body }))
        : unwrap(api.PUT('/api/v1/parameters/{parameter_id}', { params: one(id), body })),
    true,
  )

export const useRemoveParameter = () =>
  useChange(['parameters'], (id: string) =>
    unwrap(api.DELETE('/api/v1/parameters/{parameter_id}', { params: one(id) })),
  )

/** Where a parameter is used, and how it came to be what it is. */
export const useParameterStory = (id: Ref<string | null>) =>
  useQuery({
    queryKey: computed(() => ['parameter-history', id.value]),
    queryFn: async () => {
      const params = one(id.value ?? '')
      const [uses, history] = await Promise.all([
        unwrap(api.GET('/api/v1/parameters/{parameter_id}/uses', { params })),
        unwrap(api.GET('/api/v1/parameters/{parameter_id}/history', { params })),
      ])
      return { uses: uses.items, history: history.items }
    },
    enabled: computed(() => id.value !== null),
  })
