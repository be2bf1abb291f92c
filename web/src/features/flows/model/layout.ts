// Places for nodes that have none, or for all of them: from the left, where calls come in, to the right, where they end.

import { Graph, layout as dagre } from '@dagrejs/dagre'

import type { Card } from './card'
import type { FlowDocument, Place } from './document'
import { edgeId } from './exits'

const BETWEEN = 26
const BETWEEN_RANKS = 86
/** From so many boxes on, what opens a flow arranges them quickly; who asks for it (自动排列) gets the careful way. */
const MANY = 120

/** Exits that lead back to where a caller came from, as `node>exit`: they do not push boxes to the right. */
function backwards(start: string, cards: ReadonlyMap<string, Card>): Set<string> {
  const back = new Set<string>()
  const done = new Set<string>()
  for (const first of [start, ...cards.keys()]) {
    if (done.has(first) || !cards.has(first)) continue
    const path = new Set<string>([first])
    const stack = [{ id: first, next: 0 }]
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const exit = cards.get(top.id)!.exits[top.next++]
      if (!exit) {
        stack.pop()
        path.delete(top.id)
        done.add(top.id)
      } else if (path.has(exit.target)) back.add(edgeId(top.id, exit.id))
      else if (cards.has(exit.target) && !done.has(exit.target)) {
        path.add(exit.target)
        stack.push({ id: exit.target, next: 0 })
      }
    }
  }
  return back
}

export type Arrange = (document: FlowDocument, cards: ReadonlyMap<string, Card>) => Map<string, Place>

const exitsKey = (card: Card) => card.exits.map(({ id, target, tone }) => [id, target, tone])

/** `arrange`, kept as long as boxes have the same sizes and exits: a few hundred boxes take a good part of a second. */
export function keptArrangement(arrange: Arrange = arrangedSoon): Arrange {
  let key = ''
  let places = new Map<string, Place>()
  return (document, cards) => {
    const boxes = [...cards.values()].map((card) => [card.id, card.width, card.height, exitsKey(card)])
    const now = JSON.stringify([document.start, boxes])
    if (now !== key) [key, places] = [now, arrange(document, cards)]
    return places
  }
}

/** A place for every node, with as few crossings of lines as a second or two can find. */
export const arranged: Arrange = (document, cards) => placed(document, cards, false)

/** A place for every node, soon: of many boxes those on one rank stay in the order of the exits that lead to them. */
const arrangedSoon: Arrange = (document, cards) => placed(document, cards, cards.size > MANY)

function placed(document: FlowDocument, cards: ReadonlyMap<string, Card>, soon: boolean): Map<string, Place> {
  const graph = new Graph({ multigraph: true })
  const ranker = soon ? 'tight-tree' : 'network-simplex'
  graph.setGraph({ rankdir: 'LR', nodesep: BETWEEN, ranksep: BETWEEN_RANKS, ranker })
  graph.setDefaultEdgeLabel(() => ({}))
  const boxes = [...cards.values()]
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height })
  const back = backwards(document.start, cards)
  for (const { id, exits } of boxes) {
    for (const exit of exits) {
      if (cards.has(exit.target) && !back.has(edgeId(id, exit.id)))
        graph.setEdge(id, exit.target, { weight: exit.tone === 'failure' ? 1 : 3 }, exit.id)
    }
  }
  dagre(graph, { disableOptimalOrderHeuristic: soon })
  const found = new Map<string, Place>()
  for (const { id, width, height } of boxes) {
    const { x, y } = graph.node(id) as { x: number; y: number }
    found.set(id, [x - width / 2, y - height / 2])
  }
  return atStart(document, found)
}

/** The start node stands at the same place always, so that arranging again does not let the flow wander. */
function atStart(document: FlowDocument, places: Map<string, Place>): Map<string, Place> {
  const [left, top] = places.get(document.start) ?? [0, 0]
  return new Map([...places].map(([id, [x, y]]) => [id, [x - left, y - top]]))
}

/** Places for all nodes: those of the document, and below them the missing ones. */
export function placesOf(
  document: FlowDocument,
  cards: ReadonlyMap<string, Card>,
  arrange: Arrange = arranged,
): Map<string, Place> {
  const layout = document.layout ?? {}
  const missing = [...cards.keys()].filter((id) => !isPlace(layout[id]))
  if (missing.length === 0) return new Map([...cards.keys()].map((id) => [id, layout[id]!]))
  if (missing.length === cards.size) return arrange(document, cards)
  const kept = [...cards.keys()].filter((id) => isPlace(layout[id]))
  const bottom = Math.max(...kept.map((id) => layout[id]![1] + cards.get(id)!.height))
  const left = Math.min(...kept.map((id) => layout[id]![0]))
  const added = arrange(document, new Map(missing.map((id) => [id, cards.get(id)!])))
  const top = Math.min(...[...added.values()].map(([, y]) => y))
  const addedLeft = Math.min(...[...added.values()].map(([x]) => x))
  const places = new Map<string, Place>(kept.map((id) => [id, layout[id]!]))
  for (const [id, [x, y]] of added) places.set(id, [left + x - addedLeft, bottom + BETWEEN * 2 + y - top])
  return places
}

const isPlace = (place: unknown): place is Place =>
  Array.isArray(place) && place.length === 2 && place.every((value) => Number.isFinite(value))
