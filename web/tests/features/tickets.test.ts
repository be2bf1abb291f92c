// Forms of tickets and of customers: only what was changed goes out, with what the editor saw; hidden and empty fields are no answer.

import { describe, expect, it } from 'vitest'

import { changedPart, blankCustomer } from '@/features/customers/form'
import { BOXES, boxOf, countOf, queryOf } from '@/features/tickets/boxes'
import { blankTicket, changesOf } from '@/features/tickets/form'
import { lacking, stepOf, type StepForm } from '@/features/tickets/flow'
import { filled, isShown, missing, shownValue, type FormFieldSpec } from '@/shared/forms/types'

const field = (key: string, more: Partial<FormFieldSpec> = {}): FormFieldSpec =>
  ({ key, label: key, kind: 'text', ...more }) as FormFieldSpec

describe('changes of a ticket', () => {
  it('name the changed fields and what stood there before', () => {
    const before = { ...blankTicket(), title: 'a', values: { x: 1, y: 'old' } }
    const after = { ...before, title: 'b', values: { x: 1, y: 'new', z: true } }
    expect(changesOf(before, after)).toEqual({
      fields: { title: 'b', values: { y: 'new', z: true } },
      base: { title: 'a', values: { y: 'old', z: null } },
    })
  })
  it('are nothing when nothing was changed', () => {
    const form = { ...blankTicket(), values: { list: ['a'] } }
    expect(changesOf(form, { ...form, values: { list: ['a'] } })).toEqual({ fields: {}, base: {} })
  })
})

describe('a step of a ticket', () => {
  const form: StepForm = {
    text: '请接手',
    department_id: 'd',
    owner_id: 'p',
    into: ' 2026 ',
    sms: true,
    close: true,
    verdict: 'valid',
    grade: '',
    measures: 'm',
  }
  it('names what it still needs', () => {
    const empty: StepForm = { ...form, text: ' ', department_id: '', owner_id: '', into: ' ' }
    expect(lacking('transfer', empty)).toEqual(['text', 'owner_id'])
    expect(lacking('reassign', empty)).toEqual(['text', 'department_id'])
    expect(lacking('merge', empty)).toEqual(['into'])
    expect(lacking('verify', empty)).toEqual([])
    expect(lacking('transfer', form)).toEqual([])
  })
  it('takes along what belongs to it and nothing else', () => {
    const text = '请接手'
    expect(stepOf('transfer', form)).toEqual({ action: 'transfer', text, owner_id: 'p' })
    expect(stepOf('dispatch', form)).toEqual({ action: 'dispatch', text, department_id: 'd' })
    expect(stepOf('merge', form)).toEqual({ action: 'merge', text, into: '2026' })
    expect(stepOf('answer', form)).toEqual({ action: 'answer', text, sms: true, close: true })
    expect(stepOf('reply_citizen', form)).toEqual({ action: 'reply_citizen', text, close: true })
    expect(stepOf('verify', form)).toMatchObject({ verdict: 'valid', grade: '', measures: 'm' })
  })
})

it('a customer’s form sends only what was changed', () => {
  const before = blankCustomer('13800138000')
  expect(changedPart(before, { ...before, name: '张三', tags: [] })).toEqual({ name: '张三' })
})

describe('designed fields', () => {
  it('are shown when the other field says so', () => {
    const address = field('address', { shown_when: ['on_site', '是'] })
    expect(isShown(address, { on_site: true })).toBe(true)
    expect(isShown(address, { on_site: false })).toBe(false)
    expect(isShown(field('x', { shown_when: ['many', 'b'] }), { many: ['a', 'b'] })).toBe(true)
  })
  it('keep neither what is empty nor what is hidden', () => {
    const fields = [field('a'), field('b'), field('c', { shown_when: ['a', 'other'] })]
    expect(filled(fields, { a: 'x', b: '', c: 'hidden', d: 'unknown' })).toEqual({ a: 'x' })
  })
  it('are missing all at once, those of the end only in the end, hidden ones never', () => {
    const fields = [
      field('a', { required: true }),
      field('b', { required: true, shown_when: ['a', 'x'] }),
      field('c', { required_to_close: true }),
    ]
    expect(missing(fields, {})).toEqual(['a'])
    expect(missing(fields, { a: 'x', b: [] }, true)).toEqual(['b', 'c'])
    expect(missing(fields, { a: 'y', c: 0 }, true)).toEqual([])
  })
  it('are read as people write them', () => {
    expect([true, ['甲', '乙'], 0, '', null].map(shownValue)).toEqual(['是', '甲、乙', '0', '—', '—'])
  })
})

it('every box of the list is found by its key, and an unknown one is all', () => {
  for (const box of BOXES) expect(boxOf(box.key)).toBe(box)
  expect(boxOf('nonsense').key).toBe('all')
  const counts = { mine: 1, open: 2, department: 3, replied: 4, waiting: 5, amber: 6, red: 7, supervised: 8 }
  expect(countOf(boxOf('todo'), counts)).toBe(6)
  expect(countOf(boxOf('all'), counts)).toBeNull()
  expect(queryOf('red', true)).toEqual({ light: 'red' })
  expect(queryOf('red', false)).toEqual({ light: 'red', department_id: 'ours' })
  expect(queryOf('done', false)).not.toHaveProperty('department_id')
})
