// Copied nodes as text, so that they can be pasted into another flow, another window, or another site.

import { freshId, withPlaces, type FlowDocument, type FlowNode, type Place } from './document'
import { exitsOf, withExit } from './exits'
import type { TypeOf } from './nodeTypes'

export interface Clip {
  hotline_flow_nodes: 1
  /** The flow they come from: within it, exits to nodes outside of the copy stay. */
  flow: string
  nodes: Record<string, FlowNode>
  layout: Record<string, Place>
}

export function clipOf(document: FlowDocument, nodeIds: Iterable<string>, flow: string): Clip {
  const clip: Clip = { hotline_flow_nodes: 1, flow, nodes: {}, layout: {} }
  for (const id of nodeIds) {
    const node = document.nodes[id]
    if (!node) continue
    clip.nodes[id] = node
    clip.layout[id] = document.layout?.[id] ?? [0, 0]
  }
  return clip
}

/** What was copied, or null when the text is something else. */
export function readClip(text: string): Clip | null {
  try {
    const clip = JSON.parse(text) as Partial<Clip>
    if (clip.hotline_flow_nodes !== 1 || !clip.nodes || typeof clip.nodes !== 'object') return null
    const good = Object.values(clip.nodes).every((node) => typeof node?.kind === 'string')
    return good
      ? { hotline_flow_nodes: 1, flow: clip.flow ?? '', nodes: clip.nodes, layout: clip.layout ?? {} }
      : null
  } catch {
    return null
  }
}

/** The document with the copy put in, its upper left corner at `at`, and the names of the new nodes. */
export function withPasted(
  document: FlowDocument,
  clip: Clip,
  at: Place,
  flow: string,
  typeOf: TypeOf,
): { document: FlowDocument; nodeIds: string[] } {
  const names = new Map<string, string>()
  for (const id of Object.keys(clip.nodes)) names.set(id, freshId(document, id, new Set(names.values())))
  const places = Object.values(clip.layout)
  const left = Math.min(...places.map(([x]) => x))
  const top = Math.min(...places.map(([, y]) => y))
  let result: FlowDocument = { ...document, nodes: { ...document.nodes } }
  for (const [id, node] of Object.entries(clip.nodes)) result.nodes[names.get(id)!] = structuredClone(node)
  for (const [id, node] of Object.entries(clip.nodes)) {
    for (const exit of exitsOf(node, typeOf(node.kind))) {
      const kept = flow === clip.flow && document.nodes[exit.target] ? exit.target : ''
      result = withExit(result, names.get(id)!, exit.path, names.get(exit.target) ?? kept)
    }
  }
  result = withPlaces(
    result,
    [...names].map(([id, name]) => {
      const [x, y] = clip.layout[id] ?? [left, top]
      return [name, [at[0] + x - left, at[1] + y - top]] as const
    }),
  )
  const nodeIds = [...names.values()]
  if (!document.nodes[document.start] && nodeIds[0]) result.start = nodeIds[0]
  return { document: result, nodeIds }
}
