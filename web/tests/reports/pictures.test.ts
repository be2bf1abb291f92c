import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { ReportAnswer } from '@/features/reports/api'
import { rowDays } from '@/features/reports/drill'
import { distributionOption, sankeyHeight, sankeyOption, timeWriter } from '@/features/reports/pictures'
import { DEFAULT_VARIANT, readVariant, variantText } from '@/features/reports/variant'

const ENDS = [
  'ivr_hangup',
  'self_served',
  'agent_answered',
  'queue_abandoned',
  'ring_abandoned',
  'duty_answered',
  'duty_abandoned',
  'voicemail',
  'callback_requested',
  'closed',
  'overflow_lost',
  'rejected',
  'system_lost',
]
const WORDS = { in: '中继呼入', ivr: '语音菜单', queue: '座席组', duty: '值班电话' }

function report(values: Record<string, number>): ReportAnswer {
  const columns = Object.keys(values).map((key) => ({
    key,
    name: key,
    unit: 'count' as const,
    section: key.split('_')[0] ?? '',
    words: '',
  }))
  const totals = { time: null, label: '', keys: [], values, texts: {} }
  return {
    key: 'r',
    name: 'r',
    start: '',
    end: '',
    grain: 'total',
    group_by: [],
    variant: '',
    variants: [],
    rows_total: 0,
    truncated: false,
    made_at: '',
    behind: 0,
    columns,
    rows: [],
    totals,
  }
}

interface Link {
  source: string
  target: string
  value: number
}

describe('the flow picture', () => {
  it('loses no call: everything that enters a stage leaves it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 13, maxLength: 13 }), (counts) => {
        const values = Object.fromEntries(ENDS.map((end, index) => [`ended_${end}`, counts[index] ?? 0]))
        const option = sankeyOption(report(values), WORDS) as { series: { links: Link[] }[] }
        const links = option.series[0]?.links ?? []
        const out = (name: string): number =>
          links.filter(({ source }) => source === name).reduce((sum, { value }) => sum + value, 0)
        const into = (name: string): number =>
          links.filter(({ target }) => target === name).reduce((sum, { value }) => sum + value, 0)
        expect(out(WORDS.in)).toBe(counts.reduce((sum, value) => sum + value, 0))
        for (const stage of [WORDS.ivr, WORDS.queue, WORDS.duty]) expect(out(stage)).toBe(into(stage))
      }),
    )
  })
})

describe('the distribution', () => {
  it('stacks answered and abandoned in the classes of the server', () => {
    const option = distributionOption(
      report({
        wait_0_5: 3,
        wait_over_120: 1,
        answered_wait_0_5: 2,
        answered_wait_over_120: 0,
        abandoned_wait_0_5: 1,
        abandoned_wait_over_120: 1,
      }),
    ) as {
      xAxis: { data: string[] }
      series: { data: number[] }[]
    }
    expect(option.xAxis.data).toEqual(['wait_0_5', 'wait_over_120'])
    expect(option.series.map(({ data }) => data)).toEqual([
      [2, 0],
      [1, 1],
    ])
  })
})

describe('times of rows', () => {
  const written = (...labels: string[]): string[] => {
    const rows = labels.map((label) => ({ time: null, label, keys: [], values: {}, texts: {} }))
    return rows.map(timeWriter(rows))
  }
  it('leave the day out only when all rows are of one day', () => {
    expect(written('11-23 00:00', '11-23 13:45')).toEqual(['00:00', '13:45'])
    expect(written('11-22 23:00', '11-23 00:00')).toEqual(['11-22 23:00', '11-23 00:00'])
    expect(written('2026-11-23', '2026-11-24')).toEqual(['2026-11-23', '2026-11-24'])
    expect(written('')).toEqual([''])
  })
})

describe('the height of the flow picture', () => {
  it('grows with the ends that calls have, to a limit', () => {
    const counted = (n: number): ReportAnswer =>
      report(Object.fromEntries(ENDS.slice(0, n).map((end) => [`ended_${end}`, 1])))
    expect(sankeyHeight(counted(1))).toBeLessThan(sankeyHeight(counted(3)))
    expect(sankeyHeight(counted(13))).toBe(sankeyHeight(counted(12)))
  })
})

describe('the variant', () => {
  it('is empty when nothing was changed, and reads back what was', () => {
    expect(variantText(DEFAULT_VARIANT)).toBe('')
    const choice = {
      ...DEFAULT_VARIANT,
      service_level: 'credit_abandons' as const,
      service_level_s: 15,
      include_test: true,
    }
    expect(variantText(choice)).toBe('service_level=credit_abandons,service_level_s=15,include_test=true')
    expect(readVariant(variantText(choice))).toEqual(choice)
    expect(readVariant('service_level_s=x,unknown=1')).toEqual(DEFAULT_VARIANT)
  })
})

describe('from a row to its calls', () => {
  const all = { first: '2026-11-03', last: '2026-11-20' }
  it.each([
    [null, 'total', all],
    ['2026-11-10T16:00:00Z', 'day', { first: '2026-11-11', last: '2026-11-11' }],
    ['2026-11-10T18:00:00Z', 'hour', { first: '2026-11-11', last: '2026-11-11' }],
    ['2026-11-15T16:00:00Z', 'week', { first: '2026-11-16', last: '2026-11-20' }],
    ['2026-10-31T16:00:00Z', 'month', { first: '2026-11-03', last: '2026-11-20' }],
  ])('%s by %s leads to %o', (time, grain, days) => expect(rowDays({ time }, grain, all)).toEqual(days))
})
