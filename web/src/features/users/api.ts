// Requests about people.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { UserCreate } from '@/shared/api/types'

export type AgentForm = NonNullable<UserCreate['agent']> & {
  queues: { queue_id: string; level: number; order: number }[]
}

export interface UserForm {
  username: string
  name: string
  role: string
  authority_id: string | null
  agent: AgentForm | null
}

export interface UserQuery {
  q: string
  role: string
  active: 'yes' | 'all'
}

const LARGEST = 500

export const useUsers = (query: Ref<UserQuery>) =>
  useQuery({
    queryKey: computed(() => ['users', query.value]),
    queryFn: () =>
      unwrap(api.GET('/api/v1/users', { params: { query: { ...query.value, limit: LARGEST } } })),
  })

export const useRoles = () =>
  useQuery({ queryKey: ['roles'], queryFn: () => unwrap(api.GET('/api/v1/roles')), staleTime: Infinity })

export const useOrganisations = () =>
  useQuery({ queryKey: ['organisations'], queryFn: () => unwrap(api.GET('/api/v1/organisations')) })

const one = (id: string) => ({ path: { user_id: id } })

/** Returns the temporary password of somebody new, null after a change. */
export const useSaveUser = () =>
  useChange(
    ['users', 'queues'],
    async ({ id, form }: { id: string | null; form: UserForm }): Promise<string | null> => {
      const { username: _fixed, authority_id, ...fields } = form
      if (id === null) {
        const created = await unwrap(api.POST('/api/v1/users', { body: form }))
        return created.temporary_password
      }
      const body = authority_id ? { ...fields, authority_id } : fields
      await unwrap(api.PATCH('/api/v1/users/{user_id}', { params: one(id), body }))
      return null
    },
    true,
  )

export const useSetActive = () =>
  useChange(['users'], ({ id, active }: { id: string; active: boolean }) =>
    unwrap(api.PATCH('/api/v1/users/{user_id}', { params: one(id), body: { active } })),
  )

export const useUnlock = () =>
  useChange(['users'], (id: string) =>
    unwrap(api.POST('/api/v1/users/{user_id}/unlock', { params: one(id) })),
  )

export const useResetPassword = () =>
  useChange(['users'], (id: string) =>
    unwrap(api.POST('/api/v1/users/{user_id}/password', { params: one(id) })),
  )

export const useMakePhonePassword = () =>
  useChange(['users'], (id: string) => unwrap(api.POST('/api/v1/users/{user_id}/phone', { params: one(id) })))

export const useUserSessions = (id: Ref<string | null>) =>
  useQuery({
    queryKey: computed(() => ['sessions', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/users/{user_id}/sessions', { params: one(id.value ?? '') })),
    enabled: computed(() => id.value !== null),
  })

export const useEndSessions = () =>
  useChange(['sessions'], (id: string) =>
    unwrap(api.DELETE('/api/v1/users/{user_id}/sessions', { params: one(id) })),
  )
