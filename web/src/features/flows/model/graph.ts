// The picture of a document: boxes and lines as the canvas wants them. What did not change keeps its objects, so that a change
// of one node redraws one node.

import { markRaw } from 'vue'

import { cardOf, exitHeight, type Card, type Words } from './card'
import type { FlowDocument, FlowNode, Place } from './document'
import { edgeId } from './exits'
import { arranged, placesOf, type Arrange } from './layout'
import type { TypeOf } from './nodeTypes'

export const START = '@start'
export const START_SIZE = { width: 86, height: 38 }
const START_GAP = 64
const POINT = 12
export const ENTRY = 'in'

interface Bounds {
  id: string
  position: 'left' | 'right'
  nodeId: string
  x: number
  y: number
  width: number
  height: number
}

interface GraphNode {
  id: string
  type: 'card' | 'start'
  position: { x: number; y: number }
  dimensions: { width: number; height: number }
  handleBounds: { source: Bounds[]; target: Bounds[] }
  data: { card: Card | null }
  draggable?: boolean
  deletable?: boolean
}

export interface GraphEdge {
  id: string
  type: 'exit'
  source: string
  target: string
  sourceHandle: string
  targetHandle: string
  data: { tone: string }
}

export interface Picture {
  nodes: GraphNode[]
  edges: GraphEdge[]
  /** Of `edges`, by id, those that lead a long way back. */
  far: ReadonlySet<string>
  cards: Map<string, Card>
}

const point = (nodeId: string, id: string, x: number, y: number, position: 'left' | 'right'): Bounds => ({
  id,
  nodeId,
  position,
  x: x - POINT / 2,
  y: y - POINT / 2,
  width: POINT,
  height: POINT,
})

function boxOf(card: Card, [x, y]: Place): GraphNode {
  const source = card.exits.map((exit, index) =>
    point(card.id, exit.id, card.width, exitHeight(card, index), 'right'),
  )
  return {
    id: card.id,
    type: 'card',
    position: { x, y },
    dimensions: markRaw({ width: card.width, height: card.height }),
    handleBounds: markRaw({ source, target: [point(card.id, ENTRY, 0, 19, 'left')] }),
    data: markRaw({ card }),
  }
}

function startBox(document: FlowDocument, places: ReadonlyMap<string, Place>): GraphNode {
  const [x, y] = places.get(document.start) ?? [START_SIZE.width + START_GAP, 0]
  const { width, height } = START_SIZE
  return {
    id: START,
    type: 'start',
    position: { x: x - START_GAP - width, y },
    dimensions: markRaw({ width, height }),
    handleBounds: markRaw({ source: [point(START, 'start', width, height / 2, 'right')], target: [] }),
    data: markRaw({ card: null }),
    draggable: false,
    deletable: false,
  }
}

const line = (source: string, exit: string, target: string, tone: string): GraphEdge => ({
  id: edgeId(source, exit),
  type: 'exit',
  source,
  target,
  sourceHandle: exit,
  targetHandle: ENTRY,
  data: markRaw({ tone }),
})

interface Kept {
  node: FlowNode
  card: Card
  box: GraphNode
  lines: GraphEdge[]
}

const FAR = 700

function farOf(edges: readonly GraphEdge[], drawn: ReadonlyMap<string, Kept>): Set<string> {
  const far = edges.filter(({ source, target }) => {
    const from = drawn.get(source)!.box
    return from.position.x + from.dimensions.width - drawn.get(target)!.box.position.x > FAR
  })
  return new Set(far.map(({ id }) => id))
}

/** A function that draws documents, remembering what it drew last. */
export function painter(
  typeOf: TypeOf,
  words: Words,
  arrange: Arrange = arranged,
): (document: FlowDocument) => Picture {
  let kept = new Map<string, Kept>()
  return (document) => {
    const cards = new Map<string, Card>()
    for (const [id, node] of Object.entries(document.nodes)) {
      const before = kept.get(id)
      cards.set(id, before?.node === node ? before.card : cardOf(id, node, typeOf(node.kind), words))
    }
    const places = placesOf(document, cards, arrange)
    const now = new Map<string, Kept>()
    for (const [id, card] of cards) {
      const before = kept.get(id)
      const place = places.get(id)!
      const stays = before?.card === card
      const lines = stays
        ? before.lines
        : card.exits.filter((exit) => exit.target).map((exit) => line(id, exit.id, exit.target, exit.tone))
      const still = stays && before.box.position.x === place[0] && before.box.position.y === place[1]
      now.set(id, { node: document.nodes[id]!, card, lines, box: still ? before.box : boxOf(card, place) })
    }
    kept = now
    const drawn = [...now.values()]
    const edges = drawn.flatMap(({ lines }) => lines).filter(({ target }) => now.has(target))
    const first = now.has(document.start) ? [line(START, 'start', document.start, 'start')] : []
    return {
      nodes: [startBox(document, places), ...drawn.map(({ box }) => box)],
      edges: [...first, ...edges],
      far: farOf(edges, now),
      cards,
    }
  }
}
