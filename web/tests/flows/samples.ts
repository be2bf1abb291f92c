// Kinds as the server describes them, and documents: small ones by hand, any others by chance.
import fc from 'fast-check'

import type { FlowDocument, FlowNode } from '@/features/flows/model/document'
import type { Words } from '@/features/flows/model/card'
import { typeFinder, type NodeTypes } from '@/features/flows/model/nodeTypes'

import types from './nodeTypes.json'

export const nodeTypes = types as unknown as NodeTypes
export const typeOf = typeFinder(nodeTypes)

export const words: Words = {
  locale: 'zh-CN',
  prompt: (key) => `〔${key}〕`,
  queue: (id) => id,
  hours: (id) => id,
  flow: (id) => id,
  source: (id) => id,
}

export const small = (): FlowDocument => ({
  format: 2,
  start: 'hello',
  nodes: {
    hello: { kind: 'play', title: '欢迎词', prompts: ['welcome'], next: 'menu' },
    menu: {
      kind: 'menu',
      title: '主菜单',
      prompts: ['menu'],
      choices: {
        '0': { label: '人工', next: 'queue' },
        '1': { label: '咨询', next: 'bye' },
        '9': { label: '重听', next: 'menu' },
      },
      on_failure: 'bye',
    },
    queue: { kind: 'queue', queue: '8000' },
    bye: { kind: 'hangup', prompts: [] },
  },
  layout: { hello: [0, 0], menu: [320, 0], queue: [640, 0], bye: [640, 200] },
})

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const target = fc.constantFrom(...NAMES)
const maybe = fc.option(target, { nil: undefined })

const node: fc.Arbitrary<FlowNode> = fc.oneof(
  fc.record(
    { kind: fc.constant('play'), prompts: fc.array(fc.string()), next: maybe },
    { requiredKeys: ['kind'] },
  ),
  fc.record(
    {
      kind: fc.constant('menu'),
      choices: fc.dictionary(
        fc.constantFrom(...'0123456789*#'),
        fc.record({ label: fc.string(), next: maybe }, { requiredKeys: ['label'] }),
      ),
      on_failure: maybe,
    },
    { requiredKeys: ['kind', 'choices'] },
  ),
  fc.record(
    {
      kind: fc.constant('condition'),
      cases: fc.array(fc.record({ when: fc.string(), next: maybe }, { requiredKeys: ['when'] }), {
        maxLength: 4,
      }),
      otherwise: maybe,
    },
    { requiredKeys: ['kind', 'cases'] },
  ),
  fc.record({ kind: fc.constant('kind_of_a_plug_in'), anything: fc.jsonValue() }),
) as fc.Arbitrary<FlowNode>

/** Any document, with what nobody here knows in it, exits that lead nowhere, and places for some nodes only. */
export const anyDocument: fc.Arbitrary<FlowDocument> = fc
  .record({
    nodes: fc.dictionary(target, node, { minKeys: 1 }),
    layout: fc.dictionary(
      target,
      fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })),
    ),
    note: fc.string(),
  })
  .map(({ nodes, layout, note }) => ({
    format: 2,
    start: Object.keys(nodes)[0]!,
    nodes,
    layout: Object.fromEntries(
      Object.entries(layout)
        .filter(([id]) => id in nodes)
        .map(([id, [x, y]]) => [id, [x * 10, y * 10] as [number, number]]),
    ),
    note,
  }))
