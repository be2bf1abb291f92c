// What the form of a customer holds.

import type { FormValues } from '@/shared/forms/types'

import type { Customer } from './api'

export const CLASSES = ['ordinary', 'vip', 'contract', 'care', 'blacklist'] as const
export type CustomerClass = (typeof CLASSES)[number]

export interface CustomerData {
  kind: 'person' | 'organisation'
  name: string
  customer_class: CustomerClass
  priority: number | null
  gender: '' | '男' | '女'
  id_number: string
  address: string
  email: string
  position: string
  note: string
  numbers: { number: string; label: string }[]
  tags: string[]
  values: FormValues
}

export const blankCustomer = (number = ''): CustomerData => ({
  kind: 'person',
  name: '',
  customer_class: 'ordinary',
  priority: null,
  gender: '',
  id_number: '',
  address: '',
  email: '',
  position: '',
  note: '',
  numbers: number ? [{ number, label: '' }] : [],
  tags: [],
  values: {},
})

export const customerForm = (row: Customer): CustomerData => ({
  kind: row.kind,
  name: row.name,
  customer_class: row.customer_class,
  priority: row.priority,
  gender: row.gender as CustomerData['gender'],
  id_number: row.id_number,
  address: row.address,
  email: row.email,
  position: row.position,
  note: row.note,
  numbers: row.numbers.map(({ number, label }) => ({ number, label })),
  tags: [...row.tags],
  values: { ...row.values },
})

/** Only what was changed goes to the server, so that a colleague's other changes stay. */
export function changedPart(before: CustomerData, after: CustomerData): Partial<CustomerData> {
  const keys = Object.keys(after) as (keyof CustomerData)[]
  return Object.fromEntries(
    keys
      .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
      .map((key) => [key, after[key]]),
  )
}
