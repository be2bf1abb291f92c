// Requests about trunks.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { OutboundRule, TrunkCreate } from '@/shared/api/types'

export type TrunkForm = Required<Omit<TrunkCreate, 'authority_id'>>

export const useTrunks = (inactive: Ref<boolean>) =>
  useQuery({
    queryKey: computed(() => ['trunks', inactive.value]),
    queryFn: () => unwrap(api.GET('/api/v1/trunks', { params: { query: { inactive: inactive.value } } })),
  })

const one = (id: string) => ({ path: { trunk_id: id } })

export const useSaveTrunk = () =>
  useChange(
    ['trunks'],
    ({ id, form }: { id: string | null; form: TrunkForm }) => {
      if (id === null) return unwrap(api.POST('/api/v1/trunks', { body: form }))
      // An empty password field keeps the password that is there.
      const { password, ...fields } = form
      const body = password ? form : fields
      return unwrap(api.PATCH('/api/v1/trunks/{trunk_id}', { params: one(id), body }))
    },
    true,
  )

export const useDeactivateTrunk = () =>
  useChange(['trunks'], (id: string) => unwrap(api.DELETE('/api/v1/trunks/{trunk_id}', { params: one(id) })))

export const useOutboundRules = () =>
  useQuery({ queryKey: ['outbound-rules'], queryFn: () => unwrap(api.GET('/api/v1/outbound-rules')) })

export const useSaveOutboundRules = () =>
  useChange(
    ['outbound-rules'],
    (items: OutboundRule[]) => unwrap(api.PUT('/api/v1/outbound-rules', { body: { items } })),
    true,
  )

export const tryOutbound = (number: string, agent: string, rules: OutboundRule[]) =>
  unwrap(api.POST('/api/v1/outbound-rules/try', { body: { number, agent, rules } }))
