// The state of one open flow: its document, what is selected, undo and redo. Knows no server and no canvas.

import {
  computed,
  inject,
  provide,
  ref,
  shallowRef,
  type ComputedRef,
  type InjectionKey,
  type Ref,
} from 'vue'

import { clipOf, readClip, withPasted, type Clip } from '../model/clipboard'
import {
  emptyDocument,
  freshId,
  withField,
  withNewNode,
  withPlaces,
  type FieldPath,
  type FlowDocument,
  type Place,
} from '../model/document'
import { exitsOf, withExit, withoutNodes, type Exit } from '../model/exits'
import { painter, START, type Picture } from '../model/graph'
import type { Words } from '../model/card'
import { History } from '../model/history'
import { arranged, keptArrangement } from '../model/layout'
import { newNode, type NodeType, type TypeOf } from '../model/nodeTypes'

export interface Selected {
  nodes: readonly string[]
  /** The exit whose line or row is chosen, with its node. */
  exit: { nodeId: string; exitId: string } | null
}

const NOTHING: Selected = { nodes: [], exit: null }

interface Setting {
  flowId: Ref<string>
  typeOf: Ref<TypeOf>
  words: Ref<Words>
  readonly: Ref<boolean>
  nowMs?: () => number
}

export type Editor = ReturnType<typeof createEditor>

export function createEditor({ flowId, typeOf, words, readonly, nowMs = () => performance.now() }: Setting) {
  const document = shallowRef<FlowDocument>(emptyDocument())
  const selected = shallowRef<Selected>(NOTHING)
  const history = new History()
  const turns = ref(0) // History is plain; this tells that it changed
  const arrangement = keptArrangement() // outlives the words, which change while lists arrive
  const paint = computed(() => painter(typeOf.value, words.value, arrangement))
  const picture: ComputedRef<Picture> = computed(() => paint.value(document.value))
  const dragging = ref(false)
  const chosenId = computed(() => (selected.value.nodes.length === 1 ? selected.value.nodes[0]! : null))

  const moment = () => ({ document: document.value, selection: selected.value.nodes })

  function select(nodes: readonly string[], exit: Selected['exit'] = null): void {
    selected.value = { nodes: nodes.filter((id) => id in document.value.nodes), exit }
  }

  /** Go over to a new document, one step of undo. Changes of one group shortly after each other are one step. */
  function change(next: FlowDocument, group = ''): boolean {
    if (readonly.value || next === document.value) return false
    history.remember(moment(), group, nowMs())
    document.value = next
    turns.value += 1
    return true
  }

  function goTo(step: ReturnType<History['undo']>): void {
    if (!step || readonly.value) return
    document.value = step.document
    turns.value += 1
    select(step.selection)
  }

  /** Another document altogether: what was done before cannot be undone. */
  function load(next: FlowDocument): void {
    history.clear()
    document.value = next
    turns.value += 1
    select(selected.value.nodes, selected.value.exit)
  }

  const exits = (nodeId: string): Exit[] => {
    const node = document.value.nodes[nodeId]
    return node ? exitsOf(node, typeOf.value(node.kind), words.value.locale) : []
  }

  function connect(nodeId: string, exitId: string, target: string): void {
    if (nodeId === START) {
      if (target) change({ ...document.value, start: target })
      return
    }
    const exit = exits(nodeId).find(({ id }) => id === exitId)
    if (exit && (target === '' || target in document.value.nodes))
      change(withExit(document.value, nodeId, exit.path, target))
  }

  /** Add a node; `after` is the exit that shall lead to it. */
  function add(type: NodeType, place: Place, after?: { nodeId: string; exitId: string }): string {
    const id = freshId(document.value, type.kind)
    let next = withNewNode(document.value, id, newNode(type), place)
    if (after?.nodeId === START) next = { ...next, start: id }
    else if (after) {
      const exit = exits(after.nodeId).find((one) => one.id === after.exitId)
      if (exit) next = withExit(next, after.nodeId, exit.path, id)
    }
    change(next)
    select([id])
    return id
  }

  function remove(): void {
    const { nodes, exit } = selected.value
    if (exit && nodes.length === 0) connect(exit.nodeId, exit.exitId, '')
    else change(withoutNodes(document.value, new Set(nodes), typeOf.value))
    select([])
  }

  function setField(nodeId: string, path: FieldPath, value: unknown): void {
    change(withField(document.value, nodeId, path, value), `${nodeId}.${path.join('.')}`)
  }

  function move(places: Iterable<readonly [string, Place]>, group = ''): void {
    // Places that only the picture knew become those of the document: what is seen is what is kept.
    const known = document.value.layout ?? {}
    const seen = picture.value.nodes
      .filter(({ id }) => id !== START && !known[id])
      .map(({ id, position }) => [id, [position.x, position.y]] as const)
    change(withPlaces(withPlaces(document.value, seen as [string, Place][]), places), group)
  }

  const arrange = (): void => move(arranged(document.value, picture.value.cards))

  const copy = (): Clip | null =>
    selected.value.nodes.length ? clipOf(placed(), selected.value.nodes, flowId.value) : null

  function placed(): FlowDocument {
    const layout = Object.fromEntries(
      picture.value.nodes.map(({ id, position }) => [id, [position.x, position.y] as Place]),
    )
    return { ...document.value, layout }
  }

  /** Put in what was copied; false when the text is something else. */
  function paste(text: string, at: Place): boolean {
    const clip = readClip(text)
    if (!clip || readonly.value) return false
    const put = withPasted(document.value, clip, at, flowId.value, typeOf.value)
    change(put.document)
    select(put.nodeIds)
    return true
  }

  return {
    flowId,
    readonly,
    typeOf,
    words,
    document,
    selected,
    chosenId,
    /** Boxes are in somebody's hand: what shows them in detail waits until they are put down. */
    dragging,
    picture,
    canUndo: computed(() => turns.value >= 0 && history.canUndo),
    canRedo: computed(() => turns.value >= 0 && history.canRedo),
    select,
    change,
    load,
    undo: () => goTo(history.undo(moment())),
    redo: () => goTo(history.redo(moment())),
    exits,
    connect,
    add,
    remove,
    setField,
    move,
    arrange,
    copy,
    paste,
  }
}

const KEY: InjectionKey<Editor> = Symbol('flow editor')

export const provideEditor = (editor: Editor): void => provide(KEY, editor)

export function useEditor(): Editor {
  const editor = inject(KEY)
  if (!editor) throw new Error('a part of the flow editor stands outside of it')
  return editor
}
