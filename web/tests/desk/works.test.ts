// What is written beside a call outlives it: the clock ends after-call work, and the next call does not wait.
import { expect, it } from 'vitest'

import { withWork, worksFor } from '@/features/desk/works'
import type { DeskCall } from '@/shared/api/types'

const call = (id: string, more: Partial<DeskCall> = {}): DeskCall =>
  ({
    call_id: id,
    direction: 'inbound',
    ani: '13800138000',
    dnis: '12345',
    started_at: id,
    ...more,
  }) as DeskCall
const ids = (works: { callId: string }[]) => works.map((work) => work.callId)

it('a form in which nothing was written goes with its call', () => {
  const works = worksFor([], call('1'))
  expect(ids(works)).toEqual(['1'])
  expect(worksFor(works, null)).toEqual([])
  expect(ids(worksFor(works, call('2')))).toEqual(['2'])
})

it('a form that was not saved stays after the call and beside the next one, until it is saved', () => {
  const written = withWork(worksFor([], call('1')), '1', { typed: true, customerName: '王芳' })
  expect(ids(worksFor(written, null))).toEqual(['1'])
  const beside = worksFor(written, call('2'))
  expect(ids(beside)).toEqual(['2', '1'])
  expect(beside[1]).toMatchObject({ customerName: '王芳', number: '13800138000' })
  expect(ids(worksFor(withWork(beside, '1', { typed: false }), call('2')))).toEqual(['2'])
})

it('has the citizen’s number of calls out, and no form for colleagues', () => {
  const out = call('1', { direction: 'outbound', ani: '12345', dnis: '13911112222' })
  expect(worksFor([], out)[0]?.number).toBe('13911112222')
  expect(worksFor([], call('2', { direction: 'internal' }))).toEqual([])
})
