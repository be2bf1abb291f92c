// The kinds of nodes as the server describes them: names, groups, exits, and a JSON Schema of the fields.

import type { FlowNode } from './document'

export interface TwoNames {
  zh: string
  en: string
}

/** One field of a node: JSON Schema with our own words beside it. */
export interface FieldSchema {
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  enum?: unknown[]
  items?: FieldSchema
  'x-title-en'?: string
  'x-description-en'?: string
  'x-widget'?: string
  'x-unit'?: string
  'x-advanced'?: boolean
  'x-type'?: string
  'x-choices'?: { value: string; title: string; title_en: string }[]
  [extra: string]: unknown
}

export interface NodeSchema {
  properties: Record<string, FieldSchema>
  required?: string[]
}

export interface NodeType {
  kind: string
  group: string
  name: TwoNames
  about: TwoNames
  plug_in: boolean
  node_schema: NodeSchema
  exits: { path: string[]; name: TwoNames }[]
}

export interface NodeTypes {
  groups: { key: string; name: TwoNames }[]
  items: NodeType[]
}

export type TypeOf = (kind: string) => NodeType | undefined

export function typeFinder(types: NodeTypes | undefined): TypeOf {
  const byKind = new Map((types?.items ?? []).map((type) => [type.kind, type]))
  return (kind) => byKind.get(kind)
}

export const inLanguage = (names: TwoNames, locale: string): string =>
  locale === 'en' ? names.en || names.zh : names.zh

export const titleOf = (schema: FieldSchema, name: string, locale: string): string =>
  (locale === 'en' ? schema['x-title-en'] : schema.title) ?? schema.title ?? name

export const hintOf = (schema: FieldSchema, locale: string): string =>
  (locale === 'en' ? schema['x-description-en'] : schema.description) ?? schema.description ?? ''

/** A new node of this type: its kind, and those required fields that begin as something. */
export function newNode(type: NodeType): FlowNode {
  const node: FlowNode = { kind: type.kind }
  for (const name of type.node_schema.required ?? []) {
    const field = type.node_schema.properties[name]
    if (!field || name === 'kind') continue
    if (field.default !== undefined) node[name] = structuredClone(field.default)
    else if (field['x-widget'] === 'choices') node[name] = { '1': { label: '' } }
    else if (field['x-widget'] === 'cases') node[name] = [{ when: '' }]
    else if (field['x-widget'] === 'assignments') node[name] = {}
    else if (field.type === 'array') node[name] = []
  }
  return node
}
