// Requests about prompts.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'

export interface PromptForm {
  key: string
  name: string
  text: string
  file: File | null
}

export const usePrompts = (inactive: Ref<boolean>) =>
  useQuery({
    queryKey: computed(() => ['prompts', inactive.value]),
    queryFn: () => unwrap(api.GET('/api/v1/prompts', { params: { query: { inactive: inactive.value } } })),
  })

const one = (id: string) => ({ path: { prompt_id: id } })

/** A multipart body: the description calls a file a string, the wire wants the file. */
function upload(fields: Record<string, string>, file: File): never {
  const body = new FormData()
  for (const [key, value] of Object.entries(fields)) body.append(key, value)
  body.append('file', file)
  return body as never
}

export const useSavePrompt = () =>
  useChange(
    ['prompts', 'prompt'],
    async ({ id, form }: { id: string | null; form: PromptForm }) => {
      const { key, name, text, file } = form
      if (id === null) {
        if (file) await unwrap(api.POST('/api/v1/prompts', { body: upload({ key, name, text }, file) }))
        return
      }
      await unwrap(api.PATCH('/api/v1/prompts/{prompt_id}', { params: one(id), body: { name, text } }))
      if (file)
        await unwrap(
          api.PUT('/api/v1/prompts/{prompt_id}/audio', { params: one(id), body: upload({}, file) }),
        )
    },
    true,
  )

export const useDeactivatePrompt = () =>
  useChange(['prompts'], (id: string) =>
    unwrap(api.DELETE('/api/v1/prompts/{prompt_id}', { params: one(id) })),
  )

export const fetchPrompt = (id: string) => unwrap(api.GET('/api/v1/prompts/{prompt_id}', { params: one(id) }))

export const fetchPromptAudio = async (id: string): Promise<Blob> =>
  (await unwrap(
    api.GET('/api/v1/prompts/{prompt_id}/audio', { params: one(id), parseAs: 'blob' }),
  )) as unknown as Blob
