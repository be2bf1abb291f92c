import { describe, expect, it } from 'vitest'

import { pieceOf, picturesOf, QUEUES_AT_ONCE, queuesOf } from '@/features/wall/rotation'
import type { WallPageSetUp } from '@/features/wall/types'

import { aQueue } from '../samples'

const page = (kind: WallPageSetUp['kind'], queue_ids: string[] = []): WallPageSetUp => ({
  kind,
  title: '',
  queue_ids,
  seconds: 15,
})
const queues = (count: number) => Array.from({ length: count }, (_, n) => aQueue(`q${n}`))

describe('a board', () => {
  it('shows each page once a round, and many queues in pieces of equal size', () => {
    const round = picturesOf([page('figures'), page('queues')], queues(12))
    expect(round.map(({ page: { kind }, piece, pieces }) => [kind, piece, pieces])).toEqual([
      ['figures', 0, 1],
      ['queues', 0, 2],
      ['queues', 1, 2],
    ])
    const sizes = round.slice(1).map((picture) => pieceOf(queues(12), picture).length)
    expect(sizes).toEqual([6, 6])
  })

  it('never shows more queues than can be read, and loses none', () => {
    for (let count = 0; count < 40; count++) {
      const round = picturesOf([page('queues')], queues(count))
      const shown = round.map((picture) => pieceOf(queues(count), picture))
      expect(Math.max(...shown.map((piece) => piece.length))).toBeLessThanOrEqual(QUEUES_AT_ONCE)
      expect(shown.flat()).toHaveLength(count)
    }
  })

  it('keeps to the queues it was given', () => {
    expect(queuesOf(page('queues', ['q1']), queues(3)).map((queue) => queue.queue_id)).toEqual(['q1'])
    expect(queuesOf(page('queues'), queues(3))).toHaveLength(3)
  })
})
