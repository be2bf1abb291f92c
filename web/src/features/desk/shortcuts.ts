// Keys for every call action. Alt with a letter by its place on the keyboard, so that input methods do not matter.

import { onBeforeUnmount, onMounted } from 'vue'

/** The keys in the order in which the help lists them, by what they are for. */
export const SHORTCUT_GROUPS = {
  call: {
    answer: 'A',
    hangup: 'H',
    hold: 'P',
    mute: 'M',
    keypad: 'K',
    dial: 'O',
    record: 'J',
    pickUp: 'U',
  },
  party: {
    transfer: 'T',
    complete: 'C',
    cancelConsult: 'Z',
    conference: 'N',
    survey: 'Y',
    leader: 'L',
    announce: 'G',
  },
  state: { ready: 'R', busy: 'B', rest: 'X', finish: 'W' },
} as const

type Groups = typeof SHORTCUT_GROUPS
export type ShortcutName = { [G in keyof Groups]: keyof Groups[G] }[keyof Groups]

const LETTERS = { ...SHORTCUT_GROUPS.call, ...SHORTCUT_GROUPS.party, ...SHORTCUT_GROUPS.state }

/** How a button shows its key. */
export const keysOf = (name: ShortcutName): string => `Alt ${LETTERS[name]}`

const BY_CODE = new Map(
  Object.entries(LETTERS).map(([name, letter]) => [`Key${letter}`, name as ShortcutName]),
)

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
export function useShortcuts(onShortcut: (name: ShortcutName) => void, onHelp?: () => void): void {
  function onKey(event: KeyboardEvent): void {
    const name = shortcutOf(event)
    if (name) {
      event.preventDefault()
      onShortcut(name)
    } else if (event.key === '?' && !isTyping(event.target)) {
      onHelp?.()
    }
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
}
