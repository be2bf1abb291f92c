// Reasons for being busy, as the server offers them.

import type { DeskSnapshot } from './types'

const USUAL = ['meeting', 'training', 'consult', 'meal', 'system', 'other']

/** The reasons for 示忙; the usual ones when the server names none. */
export function busyReasons(desk: DeskSnapshot | null): string[] {
  for (const entry of desk?.states ?? []) {
    if (typeof entry !== 'string' && entry.state === 'busy' && entry.reasons.length > 0) return entry.reasons
  }
  const plain = (desk?.states ?? []).filter((entry): entry is string => typeof entry === 'string')
  return plain.length > 0 ? plain : USUAL
}
