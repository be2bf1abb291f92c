// The way of a caller whom nobody answers, step by step: from queue to queue to its end.

import type { QueueRead } from '@/shared/api/types'

export type OverflowQueue = Pick<
  QueueRead,
  | 'name'
  | 'max_wait_s'
  | 'max_length'
  | 'no_agent_overflow'
  | 'overflow_to'
  | 'overflow_queue_id'
  | 'overflow_number'
> & { id: string | null }

export type OverflowStep =
  | { kind: 'leaves'; waitS: number; length: number; noAgent: boolean }
  | { kind: 'queue'; name: string }
  | { kind: 'duty'; number: string }
  | { kind: 'voicemail' | 'nowhere' | 'waits' | 'circle' | 'unknown' }

/** The chain that begins in `first`; ends where the caller leaves the queues, waits on without limit, or comes round again. */
export function overflowChain(first: OverflowQueue, queues: OverflowQueue[]): OverflowStep[] {
  const byId = new Map(queues.map((queue) => [queue.id, queue]))
  const seen = new Set<string | null>()
  const steps: OverflowStep[] = []
  let queue: OverflowQueue | undefined = first
  while (queue) {
    if (seen.has(queue.id)) return [...steps, { kind: 'circle' }]
    seen.add(queue.id)
    const { max_wait_s: waitS = 0, max_length: length = 0, no_agent_overflow: noAgent = false } = queue
    if (!waitS && !length && !noAgent) return [...steps, { kind: 'waits' }]
    steps.push({ kind: 'leaves', waitS, length, noAgent })
    switch (queue.overflow_to ?? 'nowhere') {
      case 'duty':
        return [...steps, { kind: 'duty', number: queue.overflow_number ?? '' }]
      case 'queue': {
        const next: OverflowQueue | undefined =
          queue.overflow_queue_id === first.id ? first : byId.get(queue.overflow_queue_id ?? null)
        if (!next) return [...steps, { kind: 'unknown' }]
        steps.push({ kind: 'queue', name: next.name })
        queue = next
        break
      }
      default:
        return [...steps, { kind: queue.overflow_to as 'voicemail' | 'nowhere' }]
    }
  }
  return steps
}
