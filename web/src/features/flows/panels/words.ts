// Places and values of a document in words that a person understands.

import type { Editor } from '../editor/editor'
import type { FieldPath } from '../model/document'
import { titleOf } from '../model/nodeTypes'

/** For example “主菜单 · 按键 · 1 · label”. */
export function pathWords(path: FieldPath, editor: Editor, locale: string): string {
  if (path[0] !== 'nodes' || path.length < 2) return path.join(' · ')
  const [, nodeId, field, ...rest] = path
  const node = editor.document.value.nodes[String(nodeId)]
  const title = editor.picture.value.cards.get(String(nodeId))?.title ?? String(nodeId)
  if (field === undefined) return title
  return [title, fieldWords(node?.kind ?? '', String(field), editor, locale), ...rest].join(' · ')
}

const OWN: Record<string, [string, string]> = {
  title: ['显示名称', 'Title'],
  note: ['备注', 'Note'],
  kind: ['类型', 'Kind'],
}

export function fieldWords(kind: string, field: string, editor: Editor, locale: string): string {
  const schema = editor.typeOf.value(kind)?.node_schema.properties[field]
  const own = OWN[field]
  if (own) return own[locale === 'en' ? 1 : 0]
  return schema ? titleOf(schema, field, locale) : field
}

export function valueWords(value: unknown): string {
  if (value === undefined || value === null || value === '') return '—'
  if (typeof value === 'boolean') return value ? '✓' : '✗'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
