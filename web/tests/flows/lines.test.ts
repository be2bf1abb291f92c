// Large flows: places are not reckoned again for nothing, long ways back are stubs until one looks at them, the map shows all.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computed, createApp, defineComponent, h, ref, shallowRef } from 'vue'

import { createEditor } from '@/features/flows/editor/editor'
import { useLines, useStubs } from '@/features/flows/editor/lines'
import { NO_OVERLAY, type Overlay } from '@/features/flows/editor/overlay'
import { edgeId } from '@/features/flows/model/exits'
import { painter } from '@/features/flows/model/graph'
import { arranged, keptArrangement } from '@/features/flows/model/layout'
import { around } from '@/features/flows/model/map'

import { small, typeOf, words } from './samples'

describe('places that are kept', () => {
  it('are reckoned again when a size or an exit changes, and not for other words of the same size', () => {
    let times = 0
    const keep = keptArrangement((document, cards) => {
      times += 1
      return arranged(document, cards)
    })
    const document = { ...small(), layout: {} }
    const first = painter(typeOf, words, keep)(document)
    const again = painter(typeOf, { ...words, queue: (id) => `组${id}` }, keep)(document)
    expect(times).toBe(1)
    expect(again.nodes.map(({ position }) => position)).toEqual(first.nodes.map(({ position }) => position))
    const nodes = { ...document.nodes, hello: { ...document.nodes.hello!, next: 'bye' } }
    painter(typeOf, words, keep)({ ...document, nodes })
    expect(times).toBe(2)
  })
})

function withLines(overlay: Overlay = NO_OVERLAY) {
  const editor = createEditor({
    flowId: ref('f'),
    typeOf: ref(typeOf),
    words: ref(words),
    readonly: ref(false),
  })
  const document = small()
  const nodes = { ...document.nodes, hello: { ...document.nodes.hello!, next: 'menu' } }
  const layout = {
    ...document.layout,
    hello: [2000, 0] as [number, number],
    menu: [0, 0] as [number, number],
  }
  editor.load({ ...document, nodes, layout })
  const drawn = shallowRef<string[]>([])
  const stubbed = shallowRef<ReadonlySet<string>>(new Set())
  const Inner = defineComponent(() => {
    const stubs = useStubs()
    return () => ((stubbed.value = stubs.value), h('i'))
  })
  const app = createApp(
    defineComponent(() => {
      const lines = useLines(
        editor,
        computed(() => overlay),
      )
      return () => ((drawn.value = lines.value.map(({ id }) => id)), h(Inner))
    }),
  )
  app.mount(window.document.createElement('div'))
  return { editor, drawn, stubbed }
}
const BACK = edgeId('hello', 'next')

describe('a long way back', () => {
  it('is a stub at its exit', () => {
    const { drawn, stubbed } = withLines()
    expect(drawn.value).not.toContain(BACK)
    expect([...stubbed.value]).toContain(BACK)
  })

  it.each([
    [['hello'], null],
    [['menu'], null],
    [[], { nodeId: 'hello', exitId: 'next' }],
  ])('is drawn when %j or %j is selected', async (nodes, exit) => {
    const { editor, drawn, stubbed } = withLines()
    editor.select(nodes, exit)
    await Promise.resolve()
    expect(drawn.value).toContain(BACK)
    expect([...stubbed.value]).not.toContain(BACK)
  })

  it('is drawn when something is drawn over it', () => {
    const { drawn } = withLines({ nodes: new Map(), edges: new Map([[BACK, { tone: 'visited' }]]) })
    expect(drawn.value).toContain(BACK)
  })
})

describe('the map', () => {
  it('has every box on the sheet', () => {
    const number = fc.integer({ min: -5000, max: 5000 })
    const size = fc.integer({ min: 1, max: 3000 })
    const box = fc.record({ x: number, y: number, width: size, height: size })
    fc.assert(
      fc.property(fc.array(box, { minLength: 1 }), (boxes) => {
        const { x, y, scale } = around(boxes, { width: 180, height: 116 })
        for (const one of boxes) {
          expect((one.x - x) * scale).toBeGreaterThanOrEqual(0)
          expect((one.y - y) * scale).toBeGreaterThanOrEqual(0)
          expect((one.x + one.width - x) * scale).toBeLessThanOrEqual(180)
          expect((one.y + one.height - y) * scale).toBeLessThanOrEqual(116)
        }
      }),
    )
  })
})
