// The ways out of a node, in the order people read them: keys of a menu, cases, success, failure.

import { valueAt, withField, type FieldPath, type FlowDocument, type FlowNode } from './document'
import { inLanguage, type NodeType, type TypeOf } from './nodeTypes'

type ExitTone = 'plain' | 'key' | 'case' | 'failure'

export interface Exit {
  /** Unique in its node; the path joined by dots, as the server's check writes it. */
  id: string
  path: FieldPath
  /** The key or number of the case; empty for a plain exit. */
  mark: string
  label: string
  /** The node it leads to; empty: nowhere yet. */
  target: string
  tone: ExitTone
}

/** The name of the line that begins at an exit. */
export const edgeId = (nodeId: string, exitId: string): string => `${nodeId}>${exitId}`

const FAILURES = new Set([
  'on_failure',
  'otherwise',
  'failed',
  'failure',
  'timeout',
  'not_found',
  'busy',
  'closed',
  'no_input',
])
const KEY_ORDER = '1234567890*#'

function placeOfKey(key: string): number {
  const at = key.length === 1 ? KEY_ORDER.indexOf(key) : -1
  return at < 0 ? KEY_ORDER.length : at
}

/** Members of a wildcard, in reading order: keys as they stand on a telephone, lists as they are. */
function membersOf(node: FlowNode, before: FieldPath): (string | number)[] {
  const holder = valueAt(node, before)
  if (Array.isArray(holder)) return holder.map((_, index) => index)
  if (holder === null || typeof holder !== 'object') return []
  return Object.keys(holder).sort((one, two) => placeOfKey(one) - placeOfKey(two))
}

function wordsOf(node: FlowNode, path: FieldPath, member: string | number): string {
  const inner = valueAt(node, path)
  for (const name of ['label', 'when', 'name']) {
    const words = valueAt(inner, [name])
    if (typeof words === 'string' && words) return words
  }
  return typeof member === 'number' ? '' : String(member)
}

function exitAt(node: FlowNode, path: FieldPath, rest: Omit<Exit, 'id' | 'path' | 'target'>): Exit {
  const target = valueAt(node, path)
  return { id: path.join('.'), path, target: typeof target === 'string' ? target : '', ...rest }
}

/** All exits of a node. None for a kind that is not known. */
export function exitsOf(node: FlowNode, type: NodeType | undefined, locale = 'zh-CN'): Exit[] {
  const exits: Exit[] = []
  for (const { path, name } of type?.exits ?? []) {
    const star = path.indexOf('*')
    if (star < 0) {
      const last = path.at(-1) ?? ''
      exits.push(
        exitAt(node, path, {
          mark: '',
          label: inLanguage(name, locale),
          tone: FAILURES.has(last) ? 'failure' : 'plain',
        }),
      )
      continue
    }
    const before = path.slice(0, star)
    for (const member of membersOf(node, before)) {
      const words = wordsOf(node, [...before, member], member)
      const numbered = typeof member === 'number'
      exits.push(
        exitAt(node, [...before, member, ...path.slice(star + 1)], {
          mark: numbered ? String(member + 1) : member,
          label: words === member ? '' : words,
          tone: numbered ? 'case' : 'key',
        }),
      )
    }
  }
  return exits
}

/** Lead an exit to a node; an empty target leads it nowhere. */
export function withExit(
  document: FlowDocument,
  nodeId: string,
  path: FieldPath,
  target: string,
): FlowDocument {
  return withField(document, nodeId, path, target || undefined)
}

/** The document without these nodes: exits that led to them lead nowhere. */
export function withoutNodes(
  document: FlowDocument,
  nodeIds: ReadonlySet<string>,
  typeOf: TypeOf,
): FlowDocument {
  const nodes: Record<string, FlowNode> = {}
  let result: FlowDocument = { ...document, nodes }
  for (const [nodeId, node] of Object.entries(document.nodes)) if (!nodeIds.has(nodeId)) nodes[nodeId] = node
  if (document.layout) {
    result.layout = Object.fromEntries(
      Object.entries(document.layout).filter(([nodeId]) => !nodeIds.has(nodeId)),
    )
  }
  if (nodeIds.has(document.start)) result.start = ''
  for (const [nodeId, node] of Object.entries(nodes)) {
    for (const exit of exitsOf(node, typeOf(node.kind))) {
      if (nodeIds.has(exit.target)) result = withExit(result, nodeId, exit.path, '')
    }
  }
  return result
}

/** Nodes in the order a caller meets them: breadth first from the start, what is not reached at the end. */
export function readingOrder(document: FlowDocument, typeOf: TypeOf): string[] {
  const order: string[] = []
  const seen = new Set<string>()
  const walk = (first: string): void => {
    const queue = [first]
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      const node = document.nodes[id]
      if (!node || seen.has(id)) continue
      seen.add(id)
      order.push(id)
      queue.push(...exitsOf(node, typeOf(node.kind)).map((exit) => exit.target))
    }
  }
  walk(document.start)
  for (const id of Object.keys(document.nodes)) walk(id)
  return order
}
