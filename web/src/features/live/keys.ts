// Single keys for the leader's verbs, while nothing is being typed and nothing is asked.

import { onBeforeUnmount, onMounted } from 'vue'

import { verbOfKey, type Verb } from './verbs'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** Something lies over the page and has the keys. What only fades away has them no more: a key pressed then is meant for the page. */
const isCovered = (): boolean =>
  document.querySelector('.el-overlay:not([style*="display: none"]):not([class*="leave-active"])') !== null

export function useVerbKeys(onVerb: (verb: Verb) => void, onEscape: () => void): void {
  function onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat) return
    if (isTyping(event.target) || isCovered()) return
    if (event.key === 'Escape') return onEscape()
    const verb = verbOfKey.get(event.code)
    if (verb) {
      event.preventDefault()
      onVerb(verb)
    }
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
}
