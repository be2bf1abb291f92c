import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { treeOf, withField, type FlowDocument, type TreeItem } from '@/features/flows/tree'

const all = (item: TreeItem): TreeItem[] => [item, ...item.children.flatMap(all)]

const documents = fc
  .array(fc.tuple(fc.nat(9), fc.nat(12), fc.nat(12)), { maxLength: 10 })
  .map((nodes): FlowDocument => ({
    format: 1,
    start: 'n0',
    nodes: {
      n0: { kind: 'play', next: 'n1' },
      ...Object.fromEntries(
        nodes.map(([id, a, b]) => [
          `n${id}`,
          { kind: 'menu', choices: { '1': { next: `n${a}` } }, on_failure: `n${b}` },
        ]),
      ),
    },
  }))

describe('the tree of a flow', () => {
  it('ends for every document and shows each node in full at most once', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const tree = treeOf(document)
        const full = tree
          ? all(tree)
              .filter((item) => !item.reference)
              .map((item) => item.nodeId)
          : []
        expect(new Set(full).size).toBe(full.length)
      }),
    )
  })

  it('shows a node where a caller first meets it', () => {
    const tree = treeOf({
      format: 1,
      start: 'menu',
      nodes: {
        menu: {
          kind: 'menu',
          choices: { '1': { label: '查询', next: 'ask' }, '0': { label: '人工', next: 'queue' } },
        },
        ask: { kind: 'collect', next: 'queue' },
        queue: { kind: 'queue', queue: 'q1' },
      },
    })
    const shown = all(tree!).map(({ nodeId, reference, label }) => [nodeId, reference, label])
    expect(shown).toEqual([
      ['menu', false, ''],
      ['queue', false, '0 人工'],
      ['ask', false, '1 查询'],
      ['queue', true, ''],
    ])
  })

  it('changes one field and nothing else', () => {
    const document: FlowDocument = {
      format: 1,
      start: 'a',
      nodes: { a: { kind: 'play', prompts: ['welcome'] }, b: { kind: 'hangup' } },
    }
    const changed = withField(document, 'a', 'prompts', ['hello'])
    expect(changed.nodes.a).toEqual({ kind: 'play', prompts: ['hello'] })
    expect(changed.nodes.b).toBe(document.nodes.b)
    expect(document.nodes.a?.prompts).toEqual(['welcome'])
  })
})
