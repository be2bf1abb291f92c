// The lists of the site that nodes refer to, as choices of the form and as words on the boxes.

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { api, unwrap } from '@/shared/api/client'
import { useHoursOptions, useQueueOptions, type Option } from '@/shared/api/options'
import { useSession } from '@/shared/session/session'

import { useFlows, useSources } from '../api'
import type { Words } from '../model/card'
import type { PromptOption } from './context'

const FRESH_MS = 30_000

export interface Lists {
  prompts: ComputedRef<PromptOption[]>
  queues: ComputedRef<Option[]>
  hours: ComputedRef<Option[]>
  flows: ComputedRef<Option[]>
  sources: ComputedRef<Option[]>
  queries: ComputedRef<Option[]>
  words: ComputedRef<Words>
  /** The words of prompts are there, or will not come: until then sizes and places of boxes would change under the eyes. */
  ready: ComputedRef<boolean>
}

/** The names as they are now: words that come later make new words, and the boxes are written anew. */
function named(list: readonly Option[]): (id: string) => string {
  const names = new Map(list.map(({ value, label }) => [value, label]))
  return (id) => names.get(id) ?? id
}

export function useLists(flowId: Ref<string>): Lists {
  const session = useSession()
  const { locale } = useI18n()
  const { data: prompts, isLoading } = useQuery({
    queryKey: ['options', 'prompts-with-words'],
    queryFn: async () =>
      (await unwrap(api.GET('/api/v1/prompts'))).items.map(({ id, key, name, text }): PromptOption => ({
        id,
        value: key,
        name,
        text,
        label: `${name}（${key}）`,
      })),
    enabled: computed(() => session.may('prompts.view')),
    staleTime: FRESH_MS,
  })
  const queues = useQueueOptions()
  const hours = useHoursOptions()
  const { data: flows } = useFlows()
  const { sources, queries } = useSources()
  const promptList = computed(() => prompts.value ?? [])
  const flowList = computed(() =>
    (flows.value?.items ?? []).map(({ id, name }) => ({
      value: id,
      label: id === flowId.value ? `${name} ↺` : name,
    })),
  )
  const promptWords = computed(
    () => new Map(promptList.value.map(({ value, name, text }) => [value, text || name])),
  )
  const words = computed<Words>(() => {
    const spoken = promptWords.value
    return {
      locale: locale.value,
      prompt: (key) => spoken.get(key) ?? key,
      queue: named(queues.value),
      hours: named(hours.value),
      flow: named(flowList.value),
      source: named([...sources.value, ...queries.value]),
    }
  })
  return {
    prompts: promptList,
    queues,
    hours,
    flows: flowList,
    sources,
    queries,
    words,
    ready: computed(() => !isLoading.value),
  }
}
