// Short lists that filters and forms choose from.

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { useSession } from '@/shared/session/session'

import { api, unwrap } from './client'

export interface Option {
  value: string
  label: string
}

const LARGEST = 500
const FRESH_MS = 30_000

function useOptions(kind: string, permission: string, load: () => Promise<Option[]>): ComputedRef<Option[]> {
  const session = useSession()
  const { data } = useQuery({
    queryKey: ['options', kind],
    queryFn: load,
    enabled: computed(() => session.may(permission)),
    staleTime: FRESH_MS,
  })
  return computed(() => data.value ?? [])
}

export const useQueueOptions = () =>
  useOptions('queues', 'queues.view', async () =>
    (await unwrap(api.GET('/api/v1/queues'))).items.map(({ id, name }) => ({ value: id, label: name })),
  )

export const useHotlineOptions = () =>
  useOptions('hotlines', 'hotlines.view', async () =>
    (await unwrap(api.GET('/api/v1/hotlines'))).items.map(({ id, name, number }) => ({
      value: id,
      label: `${name} ${number}`,
    })),
  )

async function agentOptions(valueOf: (id: string, number: string) => string): Promise<Option[]> {
  const page = await unwrap(api.GET('/api/v1/users', { params: { query: { limit: LARGEST } } }))
  return page.items.flatMap(({ id, name, agent }) =>
    agent ? [{ value: valueOf(id, agent.number), label: `${agent.number} ${name}` }] : [],
  )
}

export const useAgentOptions = () => useOptions('users', 'users.view', () => agentOptions((id) => id))

/** Agents by their work number. */
export const useWorkNumberOptions = () =>
  useOptions('work-numbers', 'users.view', () => agentOptions((_id, number) => number))

export const useHoursOptions = () =>
  useOptions('hours', 'hours.view', async () =>
    (await unwrap(api.GET('/api/v1/hours'))).items.map(({ id, name }) => ({ value: id, label: name })),
  )

export const usePromptOptions = () =>
  useOptions('prompts', 'prompts.view', async () =>
    (await unwrap(api.GET('/api/v1/prompts'))).items.map(({ key, name }) => ({
      value: key,
      label: `${name}（${key}）`,
    })),
  )

export const useTrunkOptions = () =>
  useOptions('trunks', 'trunks.view', async () =>
    (await unwrap(api.GET('/api/v1/trunks'))).items.map(({ id, name }) => ({ value: id, label: name })),
  )
