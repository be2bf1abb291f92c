// What two customers become when they are merged: nothing that one of them had is lost by default.
import { expect, it } from 'vitest'

import type { Customer } from '@/features/customers/api'
import { firstPicks, mergedFields, takenFrom } from '@/features/customers/merging'

const customer = (part: Partial<Customer>): Customer =>
  ({
    name: '陈晓梅',
    customer_class: 'ordinary',
    gender: '',
    id_number: '',
    address: '',
    email: '',
    position: '',
    ...part,
  }) as Customer

const plain = customer({ address: '建国路88号' })
const vip = customer({ customer_class: 'vip', address: '和平里1号', email: 'a@example.com' })

it('asks only where both have a value and they differ', () => {
  const fields = mergedFields([plain, vip])
  expect(fields.map((field) => field.key)).toEqual(['name', 'customer_class', 'address', 'email'])
  expect(fields.filter((field) => field.choice).map((field) => field.key)).toEqual([
    'customer_class',
    'address',
  ])
})

it('keeps the values of the file that stays, but not an ordinary class against a special one', () => {
  expect(firstPicks([plain, vip], 0)).toEqual({ customer_class: 1, address: 0 })
  expect(firstPicks([plain, vip], 1)).toEqual({ customer_class: 1, address: 1 })
})

it('takes over what was chosen on the other side, the priority with its class', () => {
  expect(takenFrom({ customer_class: 1, address: 0 }, 0)).toEqual(['customer_class', 'priority'])
  expect(takenFrom({ customer_class: 1, address: 1 }, 1)).toEqual([])
  expect(takenFrom({ address: 1, customer_class: 0 }, 0)).toEqual(['address'])
})
