// Keys for every call action. Alt with a letter by its place on the keyboard, so that input methods do not matter.

import { onBeforeUnmount, onMounted } from 'vue'

export type ShortcutName =
  | 'answer'
  | 'hangup'
  | 'hold'
  | 'mute'
  | 'keypad'
  | 'dial'
  | 'ready'
  | 'busy'
  | 'rest'
  | 'finish'
  | 'record'

export const SHORTCUTS: Record<ShortcutName, { code: string; keys: string }> = {
  answer: { code: 'KeyA', keys: 'Alt A' },
  hangup: { code: 'KeyH', keys: 'Alt H' },
  hold: { code: 'KeyP', keys: 'Alt P' },
  mute: { code: 'KeyM', keys: 'Alt M' },
  keypad: { code: 'KeyK', keys: 'Alt K' },
  dial: { code: 'KeyO', keys: 'Alt O' },
  ready: { code: 'KeyR', keys: 'Alt R' },
  busy: { code: 'KeyB', keys: 'Alt B' },
  rest: { code: 'KeyX', keys: 'Alt X' },
  finish: { code: 'KeyW', keys: 'Alt W' },
  record: { code: 'KeyJ', keys: 'Alt J' },
}

const BY_CODE = new Map(Object.entries(SHORTCUTS).map(([name, { code }]) => [code, name as ShortcutName]))

/** The shortcut a key press means, or null. Held keys repeat and mean nothing. */
function shortcutOf(
  event: Pick<KeyboardEvent, 'altKey' | 'ctrlKey' | 'metaKey' | 'repeat' | 'code'>,
): ShortcutName | null {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat) return null
  return BY_CODE.get(event.code) ?? null
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}

/** Listen while the component lives. `?` opens the list, unless something is being typed. */
export function useShortcuts(onShortcut: (name: ShortcutName) => void, onHelp: () => void): void {
  function onKey(event: KeyboardEvent): void {
    const name = shortcutOf(event)
    if (name) {
      event.preventDefault()
      onShortcut(name)
    } else if (event.key === '?' && !isTyping(event.target)) {
      onHelp()
    }
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
}
