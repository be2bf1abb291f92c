// The keys report on the flow: folded by node, drawn on boxes and lines.
import { describe, expect, it } from 'vitest'

import { foldKeys, MANY, type KeyRow } from '@/features/flows/usage/keys'
import { overlayOf } from '@/features/flows/usage/usage'

const row = (
  node: string,
  key: string,
  label: string,
  presses: number,
  left: number,
  reached: number,
): KeyRow => ({
  keys: [
    { dimension: 'node', id: node, name: node },
    { dimension: 'key', id: key, name: key },
    { dimension: 'label', id: label, name: label },
  ],
  values: { ivr_keys: presses, ivr_left_here: left, ivr_reached_agent: reached },
})

const ROWS = [
  row('menu', '0', '人工', 60, 2, 50),
  row('menu', '1', '咨询', 30, 0, 20),
  row('menu', '', '', 0, 10, 0),
  row('id', '**************1239', '', 3, 1, 0),
  row('id', '**************2343', '', 2, 0, 1),
]

describe('the keys of a flow', () => {
  it('are folded by node; who hung up without a key counts as asked', () => {
    expect(foldKeys(ROWS)[0]).toEqual({
      nodeId: 'menu',
      asked: 100,
      left: 12,
      keys: [
        { key: '1', label: '咨询', presses: 30, left: 0, reached: 20 },
        { key: '0', label: '人工', presses: 60, left: 2, reached: 50 },
      ],
    })
  })

  it('that are whole numbers are told together', () => {
    expect(foldKeys(ROWS)[1]!.keys).toEqual([{ key: MANY, label: '', presses: 5, left: 1, reached: 1 }])
  })

  it('are drawn: shares at the exits, thickness by presses, the rest of the flow pale', () => {
    const { nodes, edges } = overlayOf(foldKeys(ROWS), ['menu', 'id', 'other'])
    expect(nodes.get('menu')!.exits!.get('choices.0.next')).toBe('60 · 60.0%')
    expect(nodes.get('other')).toEqual({ tone: 'dim' })
    expect(edges.get('menu>choices.0.next')!.width!).toBeGreaterThan(edges.get('menu>choices.1.next')!.width!)
  })
})
