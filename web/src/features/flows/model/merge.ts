// Two people changed one draft: put both changes together, field by field, and say where they differ.

import { valueAt, withValue, type FieldPath, type FlowDocument } from './document'

export interface Clash {
  path: FieldPath
  mine: unknown
  theirs: unknown
}

export interface Merged {
  document: FlowDocument
  /** Where both changed the same thing differently; the document has mine there. */
  clashes: Clash[]
}

export const same = (one: unknown, two: unknown): boolean =>
  one === two || JSON.stringify(sorted(one)) === JSON.stringify(sorted(two))

/** Members in a fixed order, so that equal content compares equal. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [two]) => (one < two ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

function mergeValue(
  base: unknown,
  mine: unknown,
  theirs: unknown,
  path: FieldPath,
  clashes: Clash[],
): unknown {
  if (same(mine, theirs) || same(theirs, base)) return mine
  if (same(mine, base)) return theirs
  if (path[0] === 'layout' && path.length === 2) return mine // where a box stands is nobody's text
  if (isRecord(mine) && isRecord(theirs)) {
    const before = isRecord(base) ? base : {}
    const merged: Record<string, unknown> = {}
    for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
      const value = mergeValue(before[key], mine[key], theirs[key], [...path, key], clashes)
      if (value !== undefined) merged[key] = value
    }
    return merged
  }
  // One removed it, the other worked on it: the work is kept.
  if (mine === undefined) return theirs
  if (theirs === undefined) return mine
  clashes.push({ path, mine, theirs })
  return mine
}

/** Both changes since `base` in one document. */
export function merge(base: FlowDocument, mine: FlowDocument, theirs: FlowDocument): Merged {
  const clashes: Clash[] = []
  const document = mergeValue(base, mine, theirs, [], clashes) as FlowDocument
  return { document, clashes }
}

/** The merged document with their value where it was chosen. */
export function takeTheirs(document: FlowDocument, chosen: readonly Clash[]): FlowDocument {
  let result: unknown = document
  for (const { path, theirs } of chosen) {
    if (valueAt(result, path) !== undefined) result = withValue(result, path, structuredClone(theirs))
  }
  return result as FlowDocument
}
