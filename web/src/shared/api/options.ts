// Short lists that filters and forms choose from.

import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { useSession } from '@/shared/session/session'

import { get } from './client'
import type { Page } from './types'

export interface Option {
  value: string
  label: string
}

interface NamedThing {
  id: string
  name: string
  number?: string
  agent?: { number: string } | null
  active?: boolean
}

const LARGEST = 500

function useOptions(
  kind: 'queues' | 'hotlines' | 'users',
  permission: string,
  pick: (thing: NamedThing) => Option | null,
) {
  const session = useSession()
  const { data } = useQuery({
    queryKey: ['options', kind],
    queryFn: () => get<Page<NamedThing>>(`/${kind}`, { limit: LARGEST }),
    enabled: computed(() => session.may(permission)),
    staleTime: 60_000,
  })
  return computed(() => (data.value?.items ?? []).map(pick).filter((option) => option !== null))
}

export const useQueueOptions = () =>
  useOptions('queues', 'queues.view', (thing) => ({ value: thing.id, label: thing.name }))

export const useHotlineOptions = () =>
  useOptions('hotlines', 'hotlines.view', (thing) => ({
    value: thing.id,
    label: `${thing.name} ${thing.number ?? ''}`.trim(),
  }))

export const useAgentOptions = () =>
  useOptions('users', 'users.view', (thing) =>
    thing.agent ? { value: thing.id, label: `${thing.agent.number} ${thing.name}` } : null,
  )
