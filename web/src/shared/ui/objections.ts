// What stands against leaving what one does: forms that must be saved first say so; whoever ends the work asks.

import { onBeforeUnmount } from 'vue'

type Objection = () => string

const objections = new Set<Objection>()

/** While the component lives, `say` may object: a sentence, or "" for none. */
export function useObjection(say: Objection): void {
  objections.add(say)
  onBeforeUnmount(() => objections.delete(say))
}

/** The first sentence that stands against it; "" when nothing does. */
export function objection(): string {
  for (const say of objections) {
    const words = say()
    if (words) return words
  }
  return ''
}
