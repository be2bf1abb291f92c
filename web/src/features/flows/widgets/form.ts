// Gives the property form what it chooses from, and lets prompts be heard.

import { computed, onBeforeUnmount, ref } from 'vue'

import { api, unwrap } from '@/shared/api/client'
import { toastError } from '@/shared/ui/feedback'

import type { Editor } from '../editor/editor'
import { nodeOptions, provideForm, variablesOf } from './context'
import type { Lists } from './lists'

/** Plays one prompt at a time, named by its key. */
function usePromptPlayer(lists: Pick<Lists, 'prompts'>) {
  const playing = ref<string | null>(null)
  let audio: HTMLAudioElement | null = null
  let source = ''

  function stop(): void {
    audio?.pause()
    audio = null
    URL.revokeObjectURL(source)
    playing.value = null
  }

  async function play(key: string): Promise<void> {
    const again = playing.value === key
    stop()
    const id = lists.prompts.value.find(({ value }) => value === key)?.id
    if (again || !id) return
    playing.value = key
    try {
      const blob = (await unwrap(
        api.GET('/api/v1/prompts/{prompt_id}/audio', {
          params: { path: { prompt_id: id } },
          parseAs: 'blob',
        }),
      )) as unknown as Blob
      if (playing.value !== key) return
      source = URL.createObjectURL(blob)
      audio = new Audio(source)
      audio.addEventListener('ended', stop)
      await audio.play()
    } catch (failure) {
      stop()
      toastError(failure)
    }
  }

  onBeforeUnmount(stop)
  return { playing, play }
}

export function useFormContext(editor: Editor, lists: Lists): void {
  const { playing, play } = usePromptPlayer(lists)
  provideForm({
    prompts: lists.prompts,
    queues: lists.queues,
    hours: lists.hours,
    flows: lists.flows,
    sources: lists.sources,
    queries: lists.queries,
    nodes: nodeOptions(editor),
    variables: computed(() => variablesOf(editor.document.value).map((name) => ({ name, about: '' }))),
    readonly: editor.readonly,
    playing: computed(() => playing.value),
    play: (key) => void play(key),
  })
}
