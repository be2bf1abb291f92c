// The difference between before and after, field by field.

import { translate } from '@/shared/i18n'

export interface FieldChange {
  field: string
  before: string
  after: string
}

type Values = Record<string, unknown> | null | undefined

function shown(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return translate(value ? 'audit.yes' : 'audit.no')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Fields that differ, in alphabetical order. */
export function changesOf(before: Values, after: Values): FieldChange[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort()
  return fields
    .map((field) => ({ field, before: shown(before?.[field]), after: shown(after?.[field]) }))
    .filter((change) => change.before !== change.after)
}
