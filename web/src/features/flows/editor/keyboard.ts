// Everything of the designer by keyboard. While the picture has the focus, arrows move what is selected, Tab walks along
// the exits, Enter goes where the exit leads (or adds a node there), digits follow the key of a menu.

import type { Editor } from './editor'
import { readingOrder } from '../model/exits'
import { START } from '../model/graph'

export interface Deeds {
  save(): void
  find(): void
  edit(): void
  help(): void
  check(): void
  test(): void
  /** Ask which node to add, after the exit when one is given. */
  want(after?: { nodeId: string; exitId: string }): void
  copy(cut: boolean): void
  paste(): void
  duplicate(): void
  reveal(nodeId: string): void
  fit(): void
  zoom(step: 1 | -1): void
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}
const STEP = 10
const STRIDE = 50

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

export function keyboard(editor: Editor, deeds: Deeds) {
  const first = (): string | null => editor.selected.value.nodes[0] ?? null

  function nudge(key: string, far: boolean): void {
    const [x, y] = ARROWS[key]!
    const by = far ? STRIDE : STEP
    const boxes = new Map(editor.picture.value.nodes.map((box) => [box.id, box.position]))
    editor.move(
      editor.selected.value.nodes.map((id) => {
        const place = boxes.get(id)!
        return [id, [place.x + x * by, place.y + y * by]] as const
      }),
      'nudge',
    )
  }

  function go(nodeId: string): void {
    editor.select([nodeId])
    deeds.reveal(nodeId)
  }

  /** The next exit of the node; after the last one, the next node in the order of reading. */
  function walk(back: boolean): boolean {
    const here = first()
    const order = readingOrder(editor.document.value, editor.typeOf.value)
    if (!here) return false
    const exits = editor.exits(here)
    const { exit } = editor.selected.value
    const at = exit ? exits.findIndex(({ id }) => id === exit.exitId) : -1
    const next = at + (back ? -1 : 1)
    if (next >= 0 && next < exits.length) {
      editor.select([here], { nodeId: here, exitId: exits[next]!.id })
      return true
    }
    if (next === -1 && at === 0) {
      editor.select([here])
      return true
    }
    const other = order[order.indexOf(here) + (back ? -1 : 1)]
    if (!other) return false
    go(other)
    return true
  }

  function follow(exitId: string): void {
    const here = first()
    const exit = here ? editor.exits(here).find(({ id }) => id === exitId) : undefined
    if (!here || !exit) return
    if (exit.target && editor.document.value.nodes[exit.target]) go(exit.target)
    else deeds.want({ nodeId: here, exitId })
  }

  function onEnter(): void {
    const { exit, nodes } = editor.selected.value
    if (exit && nodes.length === 1) follow(exit.exitId)
    else if (nodes.length === 1) deeds.edit()
  }

  function backwards(): void {
    const here = first()
    if (!here) return
    const from = editor.picture.value.edges.find((edge) => edge.target === here && edge.source !== START)
    if (from) go(from.source)
  }

  const chords: Record<string, (event: KeyboardEvent) => void> = {
    z: (event) => (event.shiftKey ? editor.redo() : editor.undo()),
    y: () => editor.redo(),
    s: () => deeds.save(),
    f: () => deeds.find(),
    a: () => editor.select(Object.keys(editor.document.value.nodes)),
    c: () => deeds.copy(false),
    x: () => deeds.copy(true),
    v: () => deeds.paste(),
    d: () => deeds.duplicate(),
    '0': () => deeds.fit(),
    '=': () => deeds.zoom(1),
    '+': () => deeds.zoom(1),
    '-': () => deeds.zoom(-1),
  }

  const plain: Record<string, (event: KeyboardEvent) => boolean | void> = {
    Delete: () => editor.remove(),
    Backspace: () => editor.remove(),
    Escape: () => editor.select([]),
    Enter: onEnter,
    Insert: () => deeds.want(editor.selected.value.exit ?? undefined),
    '+': () => deeds.want(editor.selected.value.exit ?? undefined),
    Home: () => go(editor.document.value.start),
    '?': () => deeds.help(),
    F7: () => deeds.check(),
    F9: () => deeds.test(),
    Tab: (event) => walk(event.shiftKey),
  }

  /** Keys while the picture has the focus. */
  function onKey(event: KeyboardEvent): void {
    if (isTyping(event.target) || event.isComposing) return
    const command = event.ctrlKey || event.metaKey
    if (command) {
      const deed = chords[event.key.toLowerCase()]
      if (!deed) return
      deed(event)
    } else if (event.altKey) {
      if (event.key !== 'ArrowLeft') return
      backwards()
    } else if (event.key in ARROWS && editor.selected.value.nodes.length) {
      nudge(event.key, event.shiftKey)
    } else if (/^[0-9*#]$/.test(event.key) && first()) {
      follow(`choices.${event.key}.next`)
    } else {
      const deed = plain[event.key]
      if (!deed || deed(event) === false) return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  /** Keys that hold on the whole page, also while one types in a form. */
  function onPageKey(event: KeyboardEvent): void {
    const command = event.ctrlKey || event.metaKey
    if (command && event.key.toLowerCase() === 's') deeds.save()
    else if (command && event.key.toLowerCase() === 'f' && !isTyping(event.target)) deeds.find()
    else if (event.key === 'F7') deeds.check()
    else if (event.key === 'F9') deeds.test()
    else return
    event.preventDefault()
  }

  return { onKey, onPageKey }
}
