// The form of a parameter: its value is kept as text and becomes what its type says.

import { translate } from '@/shared/i18n'
import type { Problems } from '@/shared/ui/formDrawer'

import type { Parameter, ParameterWrite } from './api'

export interface ParameterForm {
  key: string
  name: string
  type: ParameterWrite['type']
  text: string
  flag: boolean
  note: string
}

export const TYPES = ['text', 'int', 'number', 'flag'] as const

export const blank = (): ParameterForm => ({
  key: '',
  name: '',
  type: 'text',
  text: '',
  flag: false,
  note: '',
})

export const formOf = ({ key, name, type, value, note }: Parameter): ParameterForm => ({
  key,
  name,
  type: type as ParameterWrite['type'],
  text: type === 'flag' ? '' : String(value),
  flag: value === true,
  note,
})

export function check(form: ParameterForm): Problems {
  const problems: Problems = {}
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(form.key)) problems.key = translate('parameters.badKey')
  if (!form.name.trim()) problems.name = translate('form.required', { what: translate('parameters.name') })
  if (form.type === 'int' && !/^-?\d{1,15}$/.test(form.text.trim()))
    problems.value = translate('parameters.badInt')
  if (form.type === 'number' && !/^-?\d{1,15}(\.\d{1,9})?$/.test(form.text.trim()))
    problems.value = translate('parameters.badNumber')
  return problems
}

export function bodyOf({ key, name, type, text, flag, note }: ParameterForm): ParameterWrite {
  const value = type === 'flag' ? flag : type === 'text' ? text : Number(text.trim())
  return { key, name: name.trim(), type, value, note }
}
