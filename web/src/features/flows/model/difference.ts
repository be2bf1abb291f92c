// What changed between two documents, node by node and field by field, and both in one picture.

import type { FlowDocument, FlowNode } from './document'
import { same } from './merge'

export interface FieldChange {
  field: string
  before: unknown
  after: unknown
}

export interface NodeChange {
  nodeId: string
  title: string
  kind: string
  change: 'added' | 'removed' | 'changed' | 'moved'
  fields: FieldChange[]
}

const ORDER = { added: 0, removed: 1, changed: 2, moved: 3 }

function fieldChanges(before: Partial<FlowNode>, after: Partial<FlowNode>): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !same(before[field], after[field]))
    .map((field) => ({ field, before: before[field], after: after[field] }))
}

export function difference(before: FlowDocument, after: FlowDocument): NodeChange[] {
  const changes: NodeChange[] = []
  for (const nodeId of new Set([...Object.keys(before.nodes), ...Object.keys(after.nodes)])) {
    const [old, now] = [before.nodes[nodeId], after.nodes[nodeId]]
    const { title = nodeId, kind } = (now ?? old)!
    const fields = fieldChanges(old ?? {}, now ?? {})
    const moved = !same(before.layout?.[nodeId], after.layout?.[nodeId])
    if (!old) changes.push({ nodeId, title, kind, change: 'added', fields: [] })
    else if (!now) changes.push({ nodeId, title, kind, change: 'removed', fields: [] })
    else if (fields.length) changes.push({ nodeId, title, kind, change: 'changed', fields })
    else if (moved && before.layout && after.layout)
      changes.push({ nodeId, title, kind, change: 'moved', fields: [] })
  }
  return changes.sort((one, two) => ORDER[one.change] - ORDER[two.change])
}

function restOf({
  nodes: _nodes,
  layout: _layout,
  format: _format,
  ...rest
}: FlowDocument): Partial<FlowNode> {
  return rest
}

/** What changed beside the nodes: where calls begin, variables, the note. */
export function restChanges(before: FlowDocument, after: FlowDocument): FieldChange[] {
  return fieldChanges(restOf(before), restOf(after))
}

/** `after` with the nodes that it no longer has, so that both can be seen in one picture. */
export function together(before: FlowDocument, after: FlowDocument): FlowDocument {
  const layout = { ...after.layout }
  const nodes = { ...after.nodes }
  for (const [nodeId, node] of Object.entries(before.nodes)) {
    if (nodes[nodeId]) continue
    nodes[nodeId] = node
    const place = before.layout?.[nodeId]
    if (place) layout[nodeId] = place
  }
  return { ...after, nodes, layout }
}
