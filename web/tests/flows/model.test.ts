// The model of the designer: exits, changes, copying, merging, differences; laws over any document.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { clipOf, readClip, withPasted } from '@/features/flows/model/clipboard'
import { freshId, withField, withNewNode, withPlaces } from '@/features/flows/model/document'
import { difference, together } from '@/features/flows/model/difference'
import { exitsOf, readingOrder, withExit, withoutNodes, edgeId } from '@/features/flows/model/exits'
import { painter, START } from '@/features/flows/model/graph'
import { merge, same, takeTheirs } from '@/features/flows/model/merge'
import { newNode } from '@/features/flows/model/nodeTypes'

import { anyDocument, nodeTypes, small, typeOf, words } from './samples'

const exits = (document: ReturnType<typeof small>, id: string) =>
  exitsOf(document.nodes[id]!, typeOf(document.nodes[id]!.kind))

describe('exits', () => {
  it('stand in the order of the telephone, failure last', () => {
    expect(exits(small(), 'menu').map(({ mark, label, target }) => [mark, label, target])).toEqual([
      ['1', '咨询', 'bye'],
      ['9', '重听', 'menu'],
      ['0', '人工', 'queue'],
      ['', '多次失败后', 'bye'],
    ])
  })

  it('lead elsewhere when a line is drawn, and nowhere when it is taken away', () => {
    const drawn = withExit(small(), 'menu', ['choices', '1', 'next'], 'queue')
    expect(exits(drawn, 'menu')[0]!.target).toBe('queue')
    const loose = withExit(drawn, 'menu', ['choices', '1', 'next'], '')
    expect(loose.nodes.menu!.choices).toMatchObject({ '1': { label: '咨询' } })
    expect(exits(loose, 'menu')[0]!.target).toBe('')
  })

  it('of other nodes lead nowhere once their target is removed', () => {
    const rest = withoutNodes(small(), new Set(['bye', 'hello']), typeOf)
    expect(Object.keys(rest.nodes)).toEqual(['menu', 'queue'])
    expect([rest.start, rest.nodes.menu!.on_failure, Object.keys(rest.layout!)]).toEqual([
      '',
      undefined,
      ['menu', 'queue'],
    ])
  })

  it('give the order of reading', () => {
    expect(readingOrder(small(), typeOf)).toEqual(['hello', 'menu', 'bye', 'queue'])
  })
})

describe('a new node', () => {
  it('of every kind can be made and drawn', () => {
    for (const type of nodeTypes.items) {
      const document = withNewNode({ format: 2, start: '', nodes: {} }, type.kind, newNode(type), [3, 8])
      expect([document.start, document.layout![type.kind]]).toEqual([type.kind, [0, 10]])
      expect(painter(typeOf, words)(document).nodes).toHaveLength(2)
    }
  })

  it('gets a name that nobody has', () => {
    const document = { ...small(), nodes: { ...small().nodes, menu_2: { kind: 'menu' } } }
    expect([freshId(document, 'menu'), freshId(document, 'say')]).toEqual(['menu_3', 'say'])
  })
})

describe('copying', () => {
  const put = (flow: string) => {
    const clip = readClip(JSON.stringify(clipOf(small(), ['menu', 'queue'], 'mine')))!
    return withPasted(small(), clip, [100, 500], flow, typeOf)
  }

  it('keeps lines within the copy and, in the same flow, those to nodes outside', () => {
    const { document, nodeIds } = put('mine')
    expect(nodeIds).toEqual(['menu_2', 'queue_2'])
    expect(exits(document, 'menu_2').map(({ target }) => target)).toEqual(['bye', 'menu_2', 'queue_2', 'bye'])
    expect([document.layout!.menu_2, document.layout!.queue_2]).toEqual([
      [100, 500],
      [420, 500],
    ])
  })

  it('into another flow leaves lines to nodes outside loose', () => {
    const { document } = put('other')
    expect(exits(document, 'menu_2').map(({ target }) => target)).toEqual(['', 'menu_2', 'queue_2', ''])
  })

  it('takes nothing else for a copy', () => {
    for (const text of ['', '{}', '[1]', '{"hotline_flow_nodes":1,"nodes":{"a":1}}'])
      expect(readClip(text)).toBeNull()
  })
})

describe('two people at one draft', () => {
  const base = small()
  const titled = (id: string, title: string) => withField(small(), id, ['title'], title)

  it('are put together when they changed different fields', () => {
    const theirs = withField(titled('hello', '您好'), 'hello', ['prompts'], ['other'])
    const { document, clashes } = merge(base, withField(small(), 'hello', ['next'], 'bye'), theirs)
    expect(clashes).toEqual([])
    expect(document.nodes.hello).toMatchObject({ title: '您好', prompts: ['other'], next: 'bye' })
  })

  it('clash where both wrote the same field, and choose', () => {
    const { document, clashes } = merge(base, titled('hello', '甲'), titled('hello', '乙'))
    expect(clashes).toEqual([{ path: ['nodes', 'hello', 'title'], mine: '甲', theirs: '乙' }])
    expect(document.nodes.hello!.title).toBe('甲')
    expect(takeTheirs(document, clashes).nodes.hello!.title).toBe('乙')
  })

  it('lose no work when one removes what the other changes', () => {
    const without = withoutNodes(small(), new Set(['queue']), typeOf)
    const worked = withField(small(), 'queue', ['priority'], '5')
    expect(merge(base, without, worked).document.nodes.queue).toMatchObject({ priority: '5' })
    expect(merge(base, worked, without).document.nodes.queue).toMatchObject({ priority: '5' })
  })
})

describe('differences', () => {
  it('are told node by node and field by field', () => {
    const gone = withoutNodes(small(), new Set(['queue']), typeOf)
    const after = withPlaces(withField(gone, 'hello', ['title'], '您好'), [['bye', [0, 0]]])
    const told = difference(small(), after).map(({ nodeId, change, fields }) => [
      nodeId,
      change,
      fields.map(({ field }) => field),
    ])
    expect(told).toEqual([
      ['queue', 'removed', []],
      ['hello', 'changed', ['title']],
      ['menu', 'changed', ['choices']],
      ['bye', 'moved', []],
    ])
    expect(Object.keys(together(small(), after).nodes).sort()).toEqual(['bye', 'hello', 'menu', 'queue'])
  })
})

describe('for any document', () => {
  it('the picture written back is the document', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const { nodes, edges } = painter(typeOf, words)(document)
        let back = withPlaces(
          { ...document, layout: {}, nodes: cleared(document) },
          nodes.map(({ id, position }) => [id, [position.x, position.y]] as const),
        )
        for (const { source, sourceHandle, target: to } of edges) {
          if (source === START) continue
          const exit = exitsOf(document.nodes[source]!, typeOf(document.nodes[source]!.kind)).find(
            ({ id }) => id === sourceHandle,
          )!
          back = withExit(back, source, exit.path, to)
        }
        expect(same(back.nodes, connected(document))).toBe(true)
        for (const [id, place] of Object.entries(document.layout!)) expect(back.layout![id]).toEqual(place)
        expect(Object.keys(back.layout!).sort()).toEqual(Object.keys(document.nodes).sort())
      }),
    )
  })

  it('every line ends at a point that its box has', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const { nodes, edges } = painter(typeOf, words)(document)
        const box = new Map(nodes.map((node) => [node.id, node]))
        for (const edge of edges) {
          expect(box.get(edge.source)!.handleBounds.source.map(({ id }) => id)).toContain(edge.sourceHandle)
          expect(box.get(edge.target)!.handleBounds.target).toHaveLength(1)
        }
        expect(new Set(edges.map(({ id }) => id)).size).toBe(edges.length)
      }),
    )
  })

  it('merging with itself or with no change of the other is mine', () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (base, mine) => {
        expect(same(merge(base, mine, base).document, mine)).toBe(true)
        expect(same(merge(base, base, mine).document, mine)).toBe(true)
        expect(merge(base, mine, mine).clashes).toEqual([])
      }),
    )
  })

  it('removing nodes leaves no line to them', () => {
    fc.assert(
      fc.property(anyDocument, fc.integer({ min: 0, max: 7 }), (document, number) => {
        const gone = new Set(Object.keys(document.nodes).slice(0, number))
        const rest = withoutNodes(document, gone, typeOf)
        const targets = Object.values(rest.nodes).flatMap((node) =>
          exitsOf(node, typeOf(node.kind)).map((exit) => exit.target),
        )
        expect(targets.filter((id) => gone.has(id))).toEqual([])
      }),
    )
  })

  it('drawing again after one change keeps the objects of all other boxes', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const paint = painter(typeOf, words)
        const placed = withPlaces(
          document,
          paint(document).nodes.map(({ id, position }) => [id, [position.x, position.y]] as const),
        )
        const before = new Map(paint(placed).nodes.map((node) => [node.id, node]))
        const [first] = Object.keys(placed.nodes)
        const changed = withField(placed, first!, ['title'], 'another title')
        const kept = paint(changed).nodes.filter((node) => before.get(node.id) === node)
        expect(kept.length).toBe(Object.keys(placed.nodes).length - 1)
      }),
    )
  })
})

/** The nodes with no exit connected; lines are what the picture adds again. */
function cleared(document: ReturnType<typeof small>) {
  let result = document
  for (const [id, node] of Object.entries(document.nodes))
    for (const exit of exitsOf(node, typeOf(node.kind))) result = withExit(result, id, exit.path, '')
  return result.nodes
}

/** The nodes with those exits only that lead to a node. */
function connected(document: ReturnType<typeof small>) {
  let result = document
  for (const [id, node] of Object.entries(document.nodes))
    for (const exit of exitsOf(node, typeOf(node.kind)))
      if (!document.nodes[exit.target]) result = withExit(result, id, exit.path, '')
  return result.nodes
}

it('a line is named by its node and exit', () =>
  expect(edgeId('menu', 'choices.1.next')).toBe('menu>choices.1.next'))
