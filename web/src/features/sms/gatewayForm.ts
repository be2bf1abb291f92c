// A gateway as the form holds it: flat, JSON as text; and both ways between it and the interface.

import type { SmsGateway, SmsGatewayFields } from './api'

export const KINDS = ['http', 'smpp', 'cmpp', 'recording'] as const

export interface GatewayForm {
  name: string
  kind: (typeof KINDS)[number]
  host: string
  port: number
  systemId: string
  enterprise: string
  service: string
  source: string
  url: string
  encoding: string
  fields: string
  headers: string
  account: string
  successPath: string
  successValue: string
  idPath: string
  errorPath: string
  repeatable: boolean
  reports: boolean
  /** What the line has beside the fields of the form: it stays as it is. */
  kept: Record<string, unknown>
  notify: string
  secret: string
  perSecond: number
  position: number
  active: boolean
}

const EXAMPLE = { mobile: '{to}', content: '{text}', out_id: '{reference}', key: '{secret}' }
const NOTIFY = {
  items: '',
  report_id: 'msgid',
  report_state: 'status',
  delivered_values: ['DELIVRD'],
  inbound_sender: 'mobile',
  inbound_text: 'content',
  inbound_id: 'moid',
  answer: 'OK',
}
const pretty = (value: unknown) => JSON.stringify(value, null, 1)

export const blankGateway = (): GatewayForm => ({
  name: '',
  kind: 'http',
  host: '',
  port: 7890,
  systemId: '',
  enterprise: '',
  service: '',
  source: '',
  url: 'https://',
  encoding: 'json',
  fields: pretty(EXAMPLE),
  headers: '{}',
  account: '',
  successPath: 'code',
  successValue: '0',
  idPath: 'msgid',
  errorPath: 'message',
  repeatable: false,
  reports: false,
  kept: {},
  notify: pretty(NOTIFY),
  secret: '',
  perSecond: 10,
  position: 10,
  active: true,
})

export function formOf(row: SmsGateway): GatewayForm {
  const line = row.line as Record<string, unknown>
  const text = (key: string) => (typeof line[key] === 'string' ? (line[key] as string) : '')
  return {
    ...blankGateway(),
    name: row.name,
    kind: row.kind,
    host: text('host'),
    port: typeof line.port === 'number' ? line.port : 7890,
    systemId: text('system_id'),
    enterprise: text('enterprise'),
    service: text('service'),
    source: text('source'),
    url: text('url'),
    encoding: text('encoding') || 'json',
    fields: pretty(line.fields ?? {}),
    headers: pretty(line.headers ?? {}),
    account: text('account'),
    successPath: text('success_path'),
    successValue: text('success_value'),
    idPath: text('id_path'),
    errorPath: text('error_path'),
    repeatable: line.repeatable === true,
    reports: line.reports === true,
    kept: line,
    notify: pretty(line.notify ?? NOTIFY),
    perSecond: row.per_second,
    position: row.position,
    active: row.active,
  }
}

export function jsonProblem(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text || '{}')
    return typeof value !== 'object' || value === null || Array.isArray(value)
  } catch {
    return true
  }
}

export function toFields(form: GatewayForm): SmsGatewayFields {
  const { name, secret, position, active } = form
  return {
    name,
    secret,
    position,
    active,
    per_second: form.perSecond,
    line: { ...(form.kept.kind === form.kind ? form.kept : {}), ...lineOf(form) },
  } as SmsGatewayFields
}

function lineOf(form: GatewayForm): Record<string, unknown> {
  const { kind, host, port, source } = form
  switch (kind) {
    case 'smpp':
      return { kind, host, port, source, system_id: form.systemId }
    case 'cmpp':
      return { kind, host, port, source, enterprise: form.enterprise, service: form.service }
    case 'http':
      return {
        kind,
        url: form.url,
        method: form.encoding === 'query' ? 'GET' : 'POST',
        encoding: form.encoding,
        fields: JSON.parse(form.fields || '{}'),
        headers: JSON.parse(form.headers || '{}'),
        account: form.account,
        success_path: form.successPath,
        success_value: form.successValue,
        id_path: form.idPath,
        error_path: form.errorPath,
        repeatable: form.repeatable,
        notify: JSON.parse(form.notify || '{}'),
      }
    case 'recording':
      return { kind, reports: form.reports }
  }
}
