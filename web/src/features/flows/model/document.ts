// The flow document and what can be done to it. Every change returns a new document that shares what stayed the same,
// so that undo is keeping the old one. Fields and kinds that are not known here are kept as they are.

export interface FlowNode {
  kind: string
  title?: string
  note?: string
  [field: string]: unknown
}

export type Place = [x: number, y: number]

export interface FlowDocument {
  format: number
  start: string
  nodes: Record<string, FlowNode>
  layout?: Record<string, Place>
  [field: string]: unknown
}

export type FieldPath = readonly (string | number)[]

const GRID = 10

export const emptyDocument = (): FlowDocument => ({ format: 2, start: '', nodes: {}, layout: {} })

const onGrid = (value: number): number => Math.round(value / GRID) * GRID

/** The value at a path, undefined when there is none. */
export function valueAt(holder: unknown, path: FieldPath): unknown {
  let value: unknown = holder
  for (const step of path) {
    if (value === null || typeof value !== 'object') return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** A copy with the value at a path set; undefined takes the member away. Members keep their order. */
export function withValue(holder: unknown, path: FieldPath, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (Array.isArray(holder)) {
    const list = [...holder]
    const inner = withValue(list[Number(step)], rest, value)
    if (inner === undefined) list.splice(Number(step), 1)
    else list[Number(step)] = inner
    return list
  }
  const record = { ...(holder as Record<string, unknown> | undefined) }
  const inner = withValue(record[step], rest, value)
  if (inner === undefined) delete record[step]
  else record[step] = inner
  return record
}

/** A node with one field changed; undefined removes the field. */
export function withField(
  document: FlowDocument,
  nodeId: string,
  path: FieldPath,
  value: unknown,
): FlowDocument {
  const node = document.nodes[nodeId]
  if (!node || valueAt(node, path) === value) return document
  return withNode(document, nodeId, withValue(node, path, value) as FlowNode)
}

function withNode(document: FlowDocument, nodeId: string, node: FlowNode): FlowDocument {
  return { ...document, nodes: { ...document.nodes, [nodeId]: node } }
}

/** Nodes moved to these places (on the grid). The document itself when none moves. */
export function withPlaces(
  document: FlowDocument,
  places: Iterable<readonly [nodeId: string, place: Place]>,
): FlowDocument {
  const layout = { ...document.layout }
  let moved = false
  for (const [nodeId, [x, y]] of places) {
    if (!document.nodes[nodeId]) continue
    const before = layout[nodeId]
    const place: Place = [onGrid(x), onGrid(y)]
    if (before && before[0] === place[0] && before[1] === place[1]) continue
    layout[nodeId] = place
    moved = true
  }
  return moved ? { ...document, layout } : document
}

/** A name for a new node that the document does not use yet: kind, or kind_2, kind_3 … */
export function freshId(document: FlowDocument, wanted: string, taken?: ReadonlySet<string>): string {
  const base = wanted.replace(/[^A-Za-z0-9_]/g, '_').replace(/_\d+$/, '') || 'node'
  const used = (id: string): boolean => id in document.nodes || (taken?.has(id) ?? false)
  if (!used(base)) return base
  let number = 2
  while (used(`${base}_${number}`)) number += 1
  return `${base}_${number}`
}

/** A new node; the first one of a flow is where calls begin. */
export function withNewNode(
  document: FlowDocument,
  nodeId: string,
  node: FlowNode,
  place: Place,
): FlowDocument {
  const start = document.nodes[document.start] ? document.start : nodeId
  return withPlaces({ ...withNode(document, nodeId, node), start }, [[nodeId, place]])
}
