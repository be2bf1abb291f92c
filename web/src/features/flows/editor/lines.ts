// Which lines are drawn. A long way back is not drawn across everything: a stub at its exit names where it leads, and the whole
// line shows when it or one of its ends is selected.

import { computed, inject, provide, type ComputedRef, type InjectionKey } from 'vue'

import { edgeId } from '../model/exits'
import type { GraphEdge } from '../model/graph'
import type { Editor } from './editor'
import type { Overlay } from './overlay'

/** Where more lines than these lead back to a selected node, they stay stubs: nobody could follow them. */
const MANY = 24
const KEY: InjectionKey<ComputedRef<ReadonlySet<string>>> = Symbol('flow stubs')

const sameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((id) => other.has(id))

/** Lines to draw; boxes below learn by `useStubs` which ones they name instead. */
export function useLines(editor: Editor, overlay: ComputedRef<Overlay>): ComputedRef<GraphEdge[]> {
  function stubsNow(): Set<string> {
    const { edges, far } = editor.picture.value
    const { nodes, exit } = editor.selected.value
    const ends = new Set(nodes)
    const chosen = exit ? edgeId(exit.nodeId, exit.exitId) : ''
    const back = edges.filter(({ id }) => far.has(id))
    const leading = new Map<string, number>()
    for (const { target } of back) leading.set(target, (leading.get(target) ?? 0) + 1)
    const stubs = back.filter(
      ({ id, source, target }) =>
        id !== chosen &&
        !overlay.value.edges.has(id) &&
        !ends.has(source) &&
        !(ends.has(target) && leading.get(target)! <= MANY),
    )
    return new Set(stubs.map(({ id }) => id))
  }
  const stubs = computed<ReadonlySet<string>>((before) => {
    const now = stubsNow()
    return before && sameSet(before, now) ? before : now
  })
  provide(KEY, stubs)
  return computed(() => editor.picture.value.edges.filter(({ id }) => !stubs.value.has(id)))
}

/** Ids of lines that are not drawn. */
export const useStubs = (): ComputedRef<ReadonlySet<string>> =>
  inject(KEY, () => computed(() => new Set<string>()), true)
