// What becomes of two customers that are merged: which values can be chosen, and which are taken from the one that goes.

import type { components } from '@/shared/api/generated'

import type { Customer } from './api'

export type Taken = components['schemas']['MergeWanted']['take'][number]

/** One of the two, by its place in the pair. */
export type Side = 0 | 1
export type Pair = readonly [Customer, Customer]

const FIELDS = ['name', 'customer_class', 'gender', 'id_number', 'address', 'email', 'position'] as const
type Field = (typeof FIELDS)[number]
export type Picks = Partial<Record<Field, Side>>

export const otherSide = (side: Side): Side => (side === 0 ? 1 : 0)

/** Values that one of the two has at least; `choice`: both have one, and they differ. */
export function mergedFields(pair: Pair): { key: Field; values: [string, string]; choice: boolean }[] {
  return FIELDS.map((key) => {
    const values: [string, string] = [pair[0][key] ?? '', pair[1][key] ?? '']
    return { key, values, choice: values[0] !== '' && values[1] !== '' && values[0] !== values[1] }
  }).filter(({ values }) => values[0] !== '' || values[1] !== '')
}

/** Where to begin: the kept one's values; but a class that is more than ordinary is not lost by a merge. */
export function firstPicks(pair: Pair, kept: Side): Picks {
  const picks: Picks = {}
  for (const { key, choice } of mergedFields(pair)) {
    if (!choice) continue
    const plain = key === 'customer_class' && pair[kept].customer_class === 'ordinary'
    picks[key] = plain ? otherSide(kept) : kept
  }
  return picks
}

/** The fields that the kept one takes over. What it lacks it is given anyway. */
export function takenFrom(picks: Picks, kept: Side): Taken[] {
  const taken = FIELDS.filter((key) => picks[key] === otherSide(kept))
  // A place in the queue that was set by hand goes with the class it was set for.
  return taken.includes('customer_class') ? [...taken, 'priority'] : taken
}
