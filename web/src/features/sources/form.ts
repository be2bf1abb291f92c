// The forms of a data source and of a named query. Secrets go in and never come back: an empty one stays as it is.

import { translate } from '@/shared/i18n'
import type { Problems } from '@/shared/ui/formDrawer'

import type { NamedQuery, QueryWrite, Source, SourceWrite } from './api'

interface Header {
  name: string
  value: string
  secret: boolean
  /** A secret value is kept on the server. */
  kept: boolean
}

export interface SourceForm {
  name: string
  kind: SourceWrite['kind']
  base_url: string
  headers: Header[]
  allow_loopback: boolean
  host: string
  port: number
  database: string
  username: string
  password: string
  has_password: boolean
  concurrency: number
  note: string
}

export const KINDS = ['http', 'postgresql', 'sqlite'] as const

export const blankSource = (): SourceForm => ({
  name: '',
  kind: 'http',
  base_url: '',
  headers: [],
  allow_loopback: false,
  host: '',
  port: 5432,
  database: '',
  username: '',
  password: '',
  has_password: false,
  concurrency: 10,
  note: '',
})

export const sourceForm = (row: Source): SourceForm => ({
  ...blankSource(),
  name: row.name,
  kind: row.kind as SourceWrite['kind'],
  base_url: row.base_url,
  headers: row.headers.map(({ name, value, secret }) => ({ name, value: value ?? '', secret, kept: secret })),
  allow_loopback: row.allow_loopback,
  host: row.host,
  port: row.port,
  database: row.database,
  username: row.username,
  has_password: row.has_password,
  concurrency: row.concurrency,
  note: row.note,
})

const needed = (what: string): string => translate('form.required', { what: translate(what) })

export function checkSource(form: SourceForm): Problems {
  const problems: Problems = {}
  if (!form.name.trim()) problems.name = needed('sources.name')
  if (form.kind === 'http' && !/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(form.base_url))
    problems.base_url = translate('sources.badUrl')
  if (form.kind !== 'http' && !form.database) problems.database = needed('sources.database')
  if (form.kind === 'postgresql' && !form.host) problems.host = needed('sources.host')
  if (form.headers.some(({ name, value, secret, kept }) => !name || (secret && !value && !kept)))
    problems.headers = translate('sources.badHeader')
  return problems
}

export function sourceBody(form: SourceForm): SourceWrite {
  const { has_password: _, password, headers, ...rest } = form
  return {
    ...rest,
    name: form.name.trim(),
    password: password || null,
    headers: headers.map(({ name, value, secret }) => ({
      name,
      secret,
      value: secret && !value ? null : value,
    })),
  }
}

export interface QueryForm extends Required<Omit<QueryWrite, 'parameters'>> {
  source_id: string
  parameters: { name: string; type: 'text' | 'int' | 'number' | 'flag' | 'date' }[]
}

export const TYPES = ['text', 'int', 'number', 'flag', 'date'] as const

export const blankQuery = (): QueryForm => ({
  source_id: '',
  name: '',
  sql: '',
  parameters: [],
  row_limit: 20,
  timeout_s: 5,
  note: '',
})

export const queryForm = ({
  source_id,
  name,
  sql,
  parameters,
  row_limit,
  timeout_s,
  note,
}: NamedQuery): QueryForm => ({
  source_id,
  name,
  sql,
  parameters: parameters.map((one) => ({ name: one.name, type: one.type ?? 'text' })),
  row_limit,
  timeout_s,
  note,
})

/** Parameters that the statement names, in its order; those that are declared keep their type. */
export function parametersOf(sql: string, declared: QueryForm['parameters']): QueryForm['parameters'] {
  const bare = sql.replace(/'(?:[^']|'')*'/g, "''")
  const names = [...bare.matchAll(/(?<![:\w]):([a-z][a-z0-9_]*)/g)].map(([, name]) => name!)
  return [...new Set(names)].map(
    (name) => declared.find((one) => one.name === name) ?? { name, type: 'text' },
  )
}

export function checkQuery(form: QueryForm): Problems {
  const problems: Problems = {}
  if (!form.source_id) problems.source_id = translate('form.choose', { what: translate('sources.source') })
  if (!form.name.trim()) problems.name = needed('sources.name')
  if (!/^\s*(select|with)\b/i.test(form.sql)) problems.sql = translate('sources.badSql')
  return problems
}
