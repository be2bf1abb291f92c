// Places for nodes that have none, or for all of them: from the left, where calls come in, to the right, where they end.

import { Graph, layout as dagre } from '@dagrejs/dagre'

import type { Card } from './card'
import type { FlowDocument, Place } from './document'

const BETWEEN = 26
const BETWEEN_RANKS = 86

/** A place for every node. */
export function arranged(document: FlowDocument, cards: ReadonlyMap<string, Card>): Map<string, Place> {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: BETWEEN, ranksep: BETWEEN_RANKS, ranker: 'network-simplex' })
  graph.setDefaultEdgeLabel(() => ({}))
  const boxes = [...cards.values()]
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height })
  for (const { id, exits } of boxes) {
    for (const exit of exits) {
      if (cards.has(exit.target) && exit.target !== id)
        graph.setEdge(id, exit.target, { weight: exit.tone === 'failure' ? 1 : 3 }, exit.id)
    }
  }
  dagre(graph)
  const places = new Map<string, Place>()
  for (const { id, width, height } of boxes) {
    const { x, y } = graph.node(id) as { x: number; y: number }
    places.set(id, [x - width / 2, y - height / 2])
  }
  return atStart(document, places)
}

/** The start node stands at the same place always, so that arranging again does not let the flow wander. */
function atStart(document: FlowDocument, places: Map<string, Place>): Map<string, Place> {
  const [left, top] = places.get(document.start) ?? [0, 0]
  return new Map([...places].map(([id, [x, y]]) => [id, [x - left, y - top]]))
}

/** Places for all nodes: those of the document, and below them the missing ones. */
export function placesOf(document: FlowDocument, cards: ReadonlyMap<string, Card>): Map<string, Place> {
  const layout = document.layout ?? {}
  const missing = [...cards.keys()].filter((id) => !isPlace(layout[id]))
  if (missing.length === 0) return new Map([...cards.keys()].map((id) => [id, layout[id]!]))
  if (missing.length === cards.size) return arranged(document, cards)
  const kept = [...cards.keys()].filter((id) => isPlace(layout[id]))
  const bottom = Math.max(...kept.map((id) => layout[id]![1] + cards.get(id)!.height))
  const left = Math.min(...kept.map((id) => layout[id]![0]))
  const added = arranged(document, new Map(missing.map((id) => [id, cards.get(id)!])))
  const top = Math.min(...[...added.values()].map(([, y]) => y))
  const addedLeft = Math.min(...[...added.values()].map(([x]) => x))
  const places = new Map<string, Place>(kept.map((id) => [id, layout[id]!]))
  for (const [id, [x, y]] of added) places.set(id, [left + x - addedLeft, bottom + BETWEEN * 2 + y - top])
  return places
}

const isPlace = (place: unknown): place is Place =>
  Array.isArray(place) && place.length === 2 && place.every((value) => Number.isFinite(value))
