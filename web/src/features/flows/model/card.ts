// What the box of a node shows, and exactly how large it is: the canvas draws only what is in sight, and therefore must know
// the size of boxes that it has never drawn.

import type { FlowNode } from './document'
import { exitsOf, type Exit } from './exits'
import { inLanguage, type FieldSchema, type NodeType } from './nodeTypes'

export const WIDTH = 236
export const HEAD = 38
export const LINE = 19
const BODY_PAD = 12
export const ROW = 26
export const ROWS_PAD = 4
export const ROWS_SHOWN = 14

/** Names of what nodes refer to. An unknown name is shown as it is written. */
export interface Words {
  locale: string
  prompt(key: string): string
  queue(id: string): string
  hours(id: string): string
  flow(id: string): string
  /** A data source, or a named query of one. */
  source(id: string): string
}

export interface Card {
  id: string
  title: string
  kindName: string
  kind: string
  group: string
  /** What is heard or done; at most two lines are shown. */
  body: string
  lines: number
  exits: Exit[]
  /** True when the exits are rows of their own; a single plain exit stands beside the title. */
  rows: boolean
  width: number
  height: number
}

const listed = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []

const isText = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '') || typeof value === 'number'

/** A spoken sentence: prompts by their words, values in brackets. */
function sentence(pieces: unknown, words: Words): string {
  if (!Array.isArray(pieces)) return ''
  return pieces
    .map((piece: unknown) => {
      const [kind, value] = Object.entries((piece ?? {}) as Record<string, unknown>)[0] ?? []
      if (kind === undefined) return ''
      return kind === 'prompt' ? words.prompt(String(value)) : `【${String(value)}】`
    })
    .join('')
}

type Say = (value: unknown, words: Words, field: FieldSchema, locale: string) => string

const SAYERS: Record<string, Say> = {
  prompts: (value, words) =>
    listed(value)
      .map((key) => words.prompt(key))
      .join('　'),
  prompt: (value, words) => (isText(value) ? words.prompt(String(value)) : ''),
  pieces: (value, words) => sentence(value, words),
  queue: (value, words) => (isText(value) ? words.queue(String(value)) : ''),
  hours: (value, words) => (isText(value) ? words.hours(String(value)) : ''),
  flow: (value, words) => (isText(value) ? words.flow(String(value)) : ''),
  source: (value, words) => (isText(value) ? words.source(String(value)) : ''),
  query: (value, words) => (isText(value) ? words.source(String(value)) : ''),
  variable: (value) => (isText(value) ? `→ ${value}` : ''),
  expression: (value) => (isText(value) ? String(value) : ''),
  template: (value) => (isText(value) ? String(value) : ''),
  assignments: (value) =>
    Object.entries((value ?? {}) as Record<string, unknown>)
      .map(([name, expression]) => `${name} = ${String(expression)}`)
      .join('；'),
}

/** Fields whose words belong to a special case, not to what is usually heard. */
const ASIDE = new Set(['invalid', 'no_input', 'thanks', 'check', 'priority', 'music'])

function bodyOf(node: FlowNode, type: NodeType | undefined, words: Words): string {
  const said: string[] = []
  for (const [name, field] of Object.entries(type?.node_schema.properties ?? {})) {
    if (ASIDE.has(name) || said.length > 1) continue
    const say = SAYERS[field['x-widget'] ?? '']
    const text = say?.(node[name], words, field, words.locale)
    if (text) said.push(text)
  }
  return said.join('　')
}

/** About how many characters fit into a line; Chinese ones are as wide as two Latin ones. */
const LINE_UNITS = 34

const unitsOf = (text: string): number =>
  [...text].reduce((units, character) => units + (character.charCodeAt(0) > 255 ? 2 : 1), 0)

export function cardOf(id: string, node: FlowNode, type: NodeType | undefined, words: Words): Card {
  const kindName = type ? inLanguage(type.name, words.locale) : node.kind
  const exits = exitsOf(node, type, words.locale)
  const rows = exits.length > 1 || exits.some((exit) => exit.tone === 'key' || exit.tone === 'case')
  const body = bodyOf(node, type, words)
  const lines = body === '' ? 0 : unitsOf(body) > LINE_UNITS ? 2 : 1
  const height =
    HEAD +
    (lines ? lines * LINE + BODY_PAD : 0) +
    (rows ? Math.min(exits.length, ROWS_SHOWN) * ROW + ROWS_PAD : 0)
  return {
    id,
    title: node.title || kindName,
    kindName,
    kind: node.kind,
    group: type?.group ?? 'unknown',
    body,
    lines,
    exits,
    rows,
    width: WIDTH,
    height,
  }
}

/** The height above which an exit's point stands, from the top of the box. */
export function exitHeight(card: Card, index: number): number {
  if (!card.rows) return HEAD / 2
  const rowsTop = card.height - ROWS_PAD - Math.min(card.exits.length, ROWS_SHOWN) * ROW
  return rowsTop + Math.min(index, ROWS_SHOWN - 1) * ROW + ROW / 2
}
