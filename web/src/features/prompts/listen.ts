// Plays one sound at a time, named by whatever the page calls it.

import { onBeforeUnmount, ref } from 'vue'

import { toastError } from '@/shared/ui/feedback'

export function useListening() {
  const playing = ref<string | null>(null)
  let audio: HTMLAudioElement | null = null
  let source = ''

  function stop(): void {
    audio?.pause()
    audio = null
    URL.revokeObjectURL(source)
    playing.value = null
  }

  async function toggle(id: string, fetchSound: () => Promise<Blob>): Promise<void> {
    const again = playing.value === id
    stop()
    if (again) return
    playing.value = id
    try {
      const blob = await fetchSound()
      // Another one may have been chosen while this one came.
      if (playing.value !== id) return
      source = URL.createObjectURL(blob)
      audio = new Audio(source)
      audio.addEventListener('ended', stop)
      await audio.play()
    } catch (error) {
      stop()
      toastError(error)
    }
  }

  onBeforeUnmount(stop)
  return { playing, toggle, stop }
}
