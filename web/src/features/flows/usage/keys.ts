// The keys report folded for one flow: what was answered at each node, who hung up there, who reached an agent.

/** A row of the report `ivr_keys`, grouped by node, key and label. */
export interface KeyRow {
  keys: readonly { dimension: string; id: string | null; name: string }[]
  values: Readonly<Record<string, number | null>>
}

interface KeyUse {
  key: string
  label: string
  presses: number
  left: number
  reached: number
}

export interface NodeUse {
  nodeId: string
  /** Answers at the node, and who hung up there without one. */
  asked: number
  /** Who hung up there as the last thing in the menus. */
  left: number
  keys: KeyUse[]
}

const KEY_ORDER = '1234567890*#'
/** What several keys are shown as: numbers that people typed are nobody's business here. */
export const MANY = '…'

const partOf = (row: KeyRow, dimension: string): string =>
  row.keys.find((part) => part.dimension === dimension)?.id ?? ''
const valueOf = (row: KeyRow, figure: string): number => row.values[figure] ?? 0

function placeOf(key: string): number {
  const at = KEY_ORDER.indexOf(key)
  return at < 0 ? KEY_ORDER.length : at
}

export function foldKeys(rows: readonly KeyRow[]): NodeUse[] {
  const nodes = new Map<string, NodeUse>()
  for (const row of rows) {
    const nodeId = partOf(row, 'node')
    const written = partOf(row, 'key')
    const node = nodes.get(nodeId) ?? { nodeId, asked: 0, left: 0, keys: [] }
    nodes.set(nodeId, node)
    const [presses, left] = [valueOf(row, 'ivr_keys'), valueOf(row, 'ivr_left_here')]
    node.left += left
    node.asked += written === '' ? left : presses
    if (written === '') continue
    const key = written.length > 1 ? MANY : written
    let use = node.keys.find((one) => one.key === key)
    if (!use) node.keys.push((use = { key, label: partOf(row, 'label'), presses: 0, left: 0, reached: 0 }))
    use.label ||= partOf(row, 'label')
    use.presses += presses
    use.left += left
    use.reached += valueOf(row, 'ivr_reached_agent')
  }
  for (const { keys } of nodes.values()) keys.sort((one, two) => placeOf(one.key) - placeOf(two.key))
  return [...nodes.values()].sort((one, two) => two.asked - one.asked)
}
