// Copy, paste, adding where one points: what the designer's page does with the clipboard and the list of kinds.

import { ref, type Ref } from 'vue'

import { translate } from '@/shared/i18n'
import { toastDone, toastNote } from '@/shared/ui/feedback'

import type { Place } from '../model/document'
import { START } from '../model/graph'
import { WIDTH } from '../model/card'
import type { NodeType } from '../model/nodeTypes'
import type { Editor } from './editor'
import type { Wanted } from './FlowCanvas.vue'

interface Stage {
  middle(): Place
  reveal(nodeId: string, always?: boolean): void
  focus(): void
}

const KEPT = 'hotline.flow.clip'
const BESIDE = 90
const STEP = 30

export function useDeeds(editor: Editor, stage: Ref<Stage | null>) {
  const wanted = ref<Wanted | null>(null)
  let pasted = 0

  /** Right of the node that the new one follows, below what stands there. */
  function placeAfter(nodeId: string): Place {
    const boxes = editor.picture.value.nodes
    const from = boxes.find(({ id }) => id === nodeId)
    if (!from) return stage.value?.middle() ?? [0, 0]
    const x = from.position.x + (nodeId === START ? 150 : WIDTH + BESIDE)
    let y = from.position.y
    const overlaps = (): boolean =>
      boxes.some(
        ({ position, dimensions }) =>
          Math.abs(position.x - x) < WIDTH && y < position.y + dimensions.height + 16 && y + 90 > position.y,
      )
    while (overlaps()) y += STEP
    return [x, y]
  }

  function want(after?: Wanted['after']): void {
    if (editor.readonly.value) return
    const from = after ?? (editor.chosenId.value ? firstFree(editor.chosenId.value) : undefined)
    const place = from ? placeAfter(from.nodeId) : (stage.value?.middle() ?? [0, 0])
    wanted.value = { place, at: { x: window.innerWidth / 2 - 100, y: 180 }, ...(from ? { after: from } : {}) }
  }

  /** The first exit of the node that leads nowhere yet. */
  function firstFree(nodeId: string): Wanted['after'] {
    const exit = editor.exits(nodeId).find(({ target }) => !target)
    return exit ? { nodeId, exitId: exit.id } : undefined
  }

  function choose(type: NodeType): void {
    if (!wanted.value) return
    const { place, after } = wanted.value
    wanted.value = null
    const id = editor.add(type, place, after)
    stage.value?.reveal(id)
    stage.value?.focus()
  }

  /** From the palette by a click: after the selected node's free exit, else in the middle. */
  function addHere(type: NodeType): void {
    const chosen = editor.chosenId.value
    const after = chosen ? firstFree(chosen) : undefined
    const id = editor.add(type, chosen ? placeAfter(chosen) : (stage.value?.middle() ?? [0, 0]), after)
    stage.value?.reveal(id)
    stage.value?.focus()
  }

  /** Dropped from the palette; on a line it goes between the two. */
  function drop(kind: string, place: Place, onEdge: string | null): void {
    const type = editor.typeOf.value(kind)
    if (!type || editor.readonly.value) return
    const edge = onEdge ? editor.picture.value.edges.find(({ id }) => id === onEdge) : undefined
    const id = editor.add(type, place, edge && { nodeId: edge.source, exitId: edge.sourceHandle })
    const out = editor.exits(id)[0]
    if (edge && out) editor.connect(id, out.id, edge.target)
    stage.value?.focus()
  }

  async function copy(cut: boolean): Promise<void> {
    const clip = editor.copy()
    if (!clip) return
    const text = JSON.stringify(clip)
    pasted = 0
    localStorage.setItem(KEPT, text)
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      // Not allowed without TLS: within this browser the kept copy serves.
    }
    if (cut) editor.remove()
    toastDone(translate('flows.copied', { n: Object.keys(clip.nodes).length }))
  }

  async function paste(): Promise<void> {
    let text = localStorage.getItem(KEPT) ?? ''
    try {
      const outside = await navigator.clipboard.readText()
      if (outside.includes('hotline_flow_nodes')) text = outside
    } catch {
      // See above.
    }
    pasted += 1
    const [x, y] = stage.value?.middle() ?? [0, 0]
    if (!editor.paste(text, [x + pasted * STEP, y + pasted * STEP]))
      toastNote(translate('flows.nothingToPaste'))
  }

  function duplicate(): void {
    const clip = editor.copy()
    if (!clip) return
    const places = Object.values(clip.layout)
    const left = Math.min(...places.map(([x]) => x))
    const top = Math.min(...places.map(([, y]) => y))
    editor.paste(JSON.stringify(clip), [left + STEP, top + STEP])
  }

  return { wanted, want, choose, addHere, drop, copy, paste, duplicate }
}
