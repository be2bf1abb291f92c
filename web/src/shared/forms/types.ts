// Designed forms as the server describes them.

import type { components } from '@/shared/api/generated'

/** `shown_when`: another field's key and the value it must have. */
export type FormFieldSpec = Omit<components['schemas']['FormFieldSchema'], 'shown_when'> & {
  shown_when?: string[] | null
}
export type FormValues = Record<string, unknown>

/** Whether a field is asked for, given the values of others. */
export function isShown(field: FormFieldSpec, values: FormValues): boolean {
  if (!field.shown_when) return true
  const [other = '', wanted] = field.shown_when
  const value = values[other]
  if (Array.isArray(value)) return value.includes(wanted ?? '')
  if (typeof value === 'boolean') return (value ? '是' : '否') === wanted
  return String(value ?? '') === wanted
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

/** Keys of the fields that are shown and must not be empty; `closing`: also those wanted only in the end. */
export const missing = (fields: FormFieldSpec[], values: FormValues, closing = false): string[] =>
  fields
    .filter((field) => field.required || (closing && field.required_to_close))
    .filter((field) => isShown(field, values) && isEmpty(values[field.key]))
    .map((field) => field.key)

/** A value as people read it. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return '—'
  if (typeof value === 'boolean') return value ? '是' : '否'
  return Array.isArray(value) ? value.join('、') : String(value)
}

/** Values without the empty ones: an empty field is no answer. */
export function filled(fields: FormFieldSpec[], values: FormValues): FormValues {
  const kept: FormValues = {}
  for (const field of fields) {
    const value = values[field.key]
    if (!isEmpty(value) && isShown(field, values)) kept[field.key] = value
  }
  return kept
}
