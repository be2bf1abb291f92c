// Which picture of a board is shown when: pages one after another, long ones in pieces. Pure.

import type { QueueView } from '@/shared/api/types'

import type { WallPageSetUp } from './types'

/** So many queues can be read from ten metres at once. */
export const QUEUES_AT_ONCE = 8

export interface Picture {
  page: WallPageSetUp
  /** The piece of a page that needs several pictures, from 0. */
  piece: number
  pieces: number
}

/** The queues of a page in a fixed order. */
export function queuesOf(page: WallPageSetUp, queues: readonly QueueView[]): QueueView[] {
  const wanted = new Set(page.queue_ids)
  return queues
    .filter((queue) => wanted.size === 0 || wanted.has(queue.queue_id))
    .sort((one, other) => one.name.localeCompare(other.name, 'zh-CN'))
}

/** All pictures of one round. */
export function picturesOf(pages: readonly WallPageSetUp[], queues: readonly QueueView[]): Picture[] {
  return pages.flatMap((page) => {
    const count = page.kind === 'queues' ? queuesOf(page, queues).length : 1
    const pieces = Math.max(1, Math.ceil(count / QUEUES_AT_ONCE))
    return Array.from({ length: pieces }, (_, piece) => ({ page, piece, pieces }))
  })
}

/** The queues on one picture; spread evenly, so that the last one is not nearly empty. */
export function pieceOf<T>(items: readonly T[], { piece, pieces }: Picture): T[] {
  const each = Math.ceil(items.length / pieces)
  return items.slice(piece * each, (piece + 1) * each)
}
