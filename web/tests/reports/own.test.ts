import { describe, expect, it } from 'vitest'

import { blankReport, drillQuery, questionOf, type OwnReport } from '@/features/reports/own'

const own = (change: Partial<OwnReport['definition']>): OwnReport => ({
  ...blankReport(),
  id: '1',
  name: '晨会',
  owner_name: '',
  mine: true,
  changed_at: '2026-11-28T00:00:00Z',
  definition: { ...blankReport().definition, figures: ['trunk_in'], ...change },
})

describe('an own report', () => {
  it('means other days every day it is opened', () => {
    const yesterday = questionOf(own({ period: 'yesterday' }), new Date('2026-11-28T04:00:00Z'))
    expect([yesterday.from, yesterday.to]).toEqual(['2026-11-26T16:00:00.000Z', '2026-11-27T16:00:00.000Z'])
    const next = questionOf(own({ period: 'yesterday' }), new Date('2026-11-29T04:00:00Z'))
    expect(next.from).toBe(yesterday.to)
  })

  it('is drilled into with the question it was answered with', () => {
    const question = questionOf(
      own({ dimensions: ['queue'], grain: 'hour', filters: { hotline: ['h'] } }),
      new Date('2026-11-28T04:00:00Z'),
    )
    const { from = '', to = '' } = question
    const expected = {
      key: 'query',
      from,
      to,
      grain: 'hour',
      group_by: [],
      filters: { hotline: ['h'] },
    }
    expect(drillQuery(question)).toMatchObject(expected)
  })
})
