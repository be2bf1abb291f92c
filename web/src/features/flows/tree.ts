// A flow document as a tree a person can read: each node once in full, later only as a reference.

export interface FlowNode {
  kind: string
  title?: string
  [field: string]: unknown
}

export interface FlowDocument {
  format: number
  start: string
  nodes: Record<string, FlowNode>
}

interface Edge {
  /** A field name (next, open…), or "key" for a menu key, "case" for a condition. */
  via: string
  /** The key's label or the condition's expression. */
  label: string
  target: string
}

export interface TreeItem {
  /** Unique in the tree. */
  path: string
  nodeId: string
  via: string
  label: string
  /** True when the node stands in full elsewhere. */
  reference: boolean
  children: TreeItem[]
}

const PLAIN_EDGES = ['open', 'closed', 'next', 'otherwise', 'on_failure']

/** Where a node leads to, in the order people read. */
function edgesOf(node: FlowNode): Edge[] {
  const edges: Edge[] = []
  const choices = (node.choices ?? {}) as Record<string, { label?: string; next: string }>
  for (const [key, choice] of Object.entries(choices)) {
    edges.push({ via: 'key', label: `${key} ${choice.label ?? ''}`.trim(), target: choice.next })
  }
  for (const item of (node.cases ?? []) as { when: string; next: string }[]) {
    edges.push({ via: 'case', label: item.when, target: item.next })
  }
  for (const field of PLAIN_EDGES) {
    const target = node[field]
    if (typeof target === 'string') edges.push({ via: field, label: '', target })
  }
  return edges
}

/** Nodes by their distance from the start, so that each stands where a caller first meets it. */
function depths(document: FlowDocument): Map<string, number> {
  const depth = new Map([[document.start, 0]])
  const queue = [document.start]
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const node = document.nodes[id]
    for (const { target } of node ? edgesOf(node) : []) {
      if (!document.nodes[target] || depth.has(target)) continue
      depth.set(target, (depth.get(id) ?? 0) + 1)
      queue.push(target)
    }
  }
  return depth
}

/** The tree from the start node. Ends for any document, also with loops and missing nodes. */
export function treeOf(document: FlowDocument): TreeItem | null {
  const depth = depths(document)
  const shown = new Set<string>()

  function grow(nodeId: string, via: string, label: string, path: string, level: number): TreeItem {
    const node = document.nodes[nodeId]
    const reference = !node || shown.has(nodeId) || (depth.get(nodeId) ?? 0) < level
    const item: TreeItem = { path, nodeId, via, label, reference, children: [] }
    if (reference) return item
    shown.add(nodeId)
    item.children = edgesOf(node).map((edge, index) =>
      grow(edge.target, edge.via, edge.label, `${path}.${index}`, level + 1),
    )
    return item
  }

  return document.nodes[document.start] ? grow(document.start, '', '', '0', 0) : null
}

export const PROMPT_FIELDS = ['prompts', 'invalid', 'no_input', 'thanks'] as const

/** A copy of the document with one field of one node changed. */
export function withField(
  document: FlowDocument,
  nodeId: string,
  field: string,
  value: unknown,
): FlowDocument {
  const node = document.nodes[nodeId]
  if (!node) return document
  return { ...document, nodes: { ...document.nodes, [nodeId]: { ...node, [field]: value } } }
}
