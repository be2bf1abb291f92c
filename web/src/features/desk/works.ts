// The ticket forms of the desk: that of the call, and those of earlier calls in which something is written that was not saved.
// After-call work ends by the clock, and the next call does not wait: what was typed must outlive both.

import type { DeskCall } from '@/shared/api/types'

export interface Work {
  callId: string
  /** The citizen's number, "" when it is withheld. */
  number: string
  startedAt: string
  customerId: string | null
  customerName: string
  /** Whether something is written that was not saved. */
  typed: boolean
}

/** The citizen's number, whichever side began the call. */
export const citizenOf = (call: DeskCall | null): string =>
  !call || call.direction === 'internal' ? '' : call.direction === 'outbound' ? call.dnis : call.ani

/** The forms for this call (none for colleagues): its own first, of the others those with something in them. */
export function worksFor(works: readonly Work[], call: DeskCall | null): Work[] {
  const now = call && call.direction !== 'internal' ? call : null
  const earlier = works.filter((work) => work.typed && work.callId !== now?.call_id)
  if (!now) return earlier
  const known = works.find((work) => work.callId === now.call_id)
  const fresh = { customerId: null, customerName: '', typed: false }
  return [
    { ...fresh, ...known, callId: now.call_id, number: citizenOf(now), startedAt: now.started_at },
    ...earlier,
  ]
}

/** The same forms with news of one of them. */
export const withWork = (works: readonly Work[], callId: string, news: Partial<Work>): Work[] =>
  works.map((work) => (work.callId === callId ? { ...work, ...news } : work))
