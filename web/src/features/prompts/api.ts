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
  /** Let the synthesiser speak the text, instead of a file. */
  spoken: boolean
  voice: string
  speed: number
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
    ['prompts', 'prompt', 'missing-prompts', 'prompt-versions'],
    async ({ id, form }: { id: string | null; form: PromptForm }) => {
      const { key, name, text, file, spoken, voice, speed } = form
      if (id === null) {
        if (spoken)
          await unwrap(api.POST('/api/v1/prompts/spoken', { body: { key, name, text, voice, speed } }))
        else if (file) await unwrap(api.POST('/api/v1/prompts', { body: upload({ key, name, text }, file) }))
        return
      }
      await unwrap(api.PATCH('/api/v1/prompts/{prompt_id}', { params: one(id), body: { name, text } }))
      if (spoken)
        await unwrap(
          api.PUT('/api/v1/prompts/{prompt_id}/speech', { params: one(id), body: { text, voice, speed } }),
        )
      else if (file)
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

export const useMissingPrompts = () =>
  useQuery({ queryKey: ['missing-prompts'], queryFn: () => unwrap(api.GET('/api/v1/prompts/missing')) })

export const usePromptVersions = (id: Ref<string | null>) =>
  useQuery({
    queryKey: computed(() => ['prompt-versions', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/prompts/{prompt_id}/versions', { params: one(id.value ?? '') })),
    enabled: computed(() => id.value !== null),
  })

const version = (id: string, number: number) => ({ path: { prompt_id: id, version: number } })

export const fetchVersionAudio = async (id: string, number: number): Promise<Blob> =>
  (await unwrap(
    api.GET('/api/v1/prompts/{prompt_id}/versions/{version}/audio', {
      params: version(id, number),
      parseAs: 'blob',
    }),
  )) as unknown as Blob

export const useRestoreVersion = () =>
  useChange(['prompts', 'prompt', 'prompt-versions'], ({ id, number }: { id: string; number: number }) =>
    unwrap(
      api.POST('/api/v1/prompts/{prompt_id}/versions/{version}/restore', { params: version(id, number) }),
    ),
  )

export const useSpeech = () =>
  useQuery({
    queryKey: ['speech'],
    queryFn: () => unwrap(api.GET('/api/v1/speech')),
    // While it is being installed it may come at any moment.
    refetchInterval: (query) => (query.state.data?.state === 'making' ? 15_000 : false),
  })

export const beginSpeaking = (body: { text: string; voice: string; speed: number }) =>
  unwrap(api.POST('/api/v1/speech/texts', { body }))

const text = (key: string) => ({ params: { path: { key } } })

export const spokenState = (key: string) => unwrap(api.GET('/api/v1/speech/texts/{key}', text(key)))

export const fetchSpoken = async (key: string): Promise<Blob> =>
  (await unwrap(
    api.GET('/api/v1/speech/texts/{key}/audio', { ...text(key), parseAs: 'blob' }),
  )) as unknown as Blob
