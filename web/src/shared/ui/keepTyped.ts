// What was typed in a dialog or drawer is not lost by Escape, a click beside it or "cancel": one is asked first.

import { ref } from 'vue'

import { discarded } from './feedback'

export interface Typed {
  /** What is there now is what there was: call it when the form is shown, and after it was saved. */
  begin(): void
  /** Close by `close` if nothing is lost, or if the person says so. Fits `before-close`. */
  leave(close: () => void): Promise<void>
}

/** Watch over `content`, anything that JSON can say. A form that closes itself after saving is not asked. */
export function useTyped(content: () => unknown): Typed {
  const baseline = ref('')
  const now = (): string => JSON.stringify(content()) ?? ''
  const begin = (): void => void (baseline.value = now())
  async function leave(close: () => void): Promise<void> {
    if (now() !== baseline.value && !(await discarded())) return
    close()
  }
  begin()
  return { begin, leave }
}
