import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { ReportAnswer } from '@/features/reports/api'
import { ganttOption, heatOption, momentOf } from '@/features/reports/maps'
import {
  distributionOption,
  inPieces,
  inUnit,
  pieOfRows,
  sankeyHeight,
  sankeyOption,
  seriesOption,
  timeWriter,
} from '@/features/reports/pictures'
import { shortProvince, TILES } from '@/features/reports/provinces'

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
    group_names: [],
    variant: '',
    variant_words: '',
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

describe('rows that are split', () => {
  const row = (time: string | null, name: string, calls: number) => ({
    time,
    label: time ?? '全部',
    keys: [{ dimension: 'type' as const, id: name, name }],
    values: { calls },
    texts: {},
  })
  const split = (...rows: ReturnType<typeof row>[]): ReportAnswer => ({ ...report({ calls: 9 }), rows })
  const [calls] = report({ calls: 9 }).columns

  it('are called by what splits them, with their time only where they have one', () => {
    const names = (answer: ReportAnswer): string[] =>
      (seriesOption(answer, answer.columns, 'bar') as { xAxis: { data: string[] } }).xAxis.data
    expect(names(split(row(null, '咨询', 4)))).toEqual(['咨询'])
    expect(names(split(row('2026-11-23', '咨询', 4)))).toEqual(['2026-11-23 · 咨询'])
  })

  it('share a pie by their sum over all times, the largest first, none without a share', () => {
    const answer = split(row('a', '咨询', 1), row('a', '投诉', 3), row('b', '咨询', 5), row('b', '求助', 0))
    const option = pieOfRows(answer, calls!, (n) => `其余 ${n} 项`) as { series: { data: unknown[] }[] }
    expect(option.series[0]?.data).toEqual([
      { name: '咨询', value: 6 },
      { name: '投诉', value: 3 },
    ])
  })
})

describe('pictures in the unit of their figures', () => {
  it('mark axes in per cent and in hours', () => {
    const answer = report({ calls: 1 })
    const axis = (unit: 'ratio' | 'duration' | 'count'): unknown => {
      const columns = [{ ...answer.columns[0]!, unit }]
      return (seriesOption(answer, columns, 'bar') as { yAxis: { axisLabel?: { formatter: unknown } } }).yAxis
        .axisLabel?.formatter
    }
    expect(axis('ratio')).toBe('{value}%')
    expect((axis('duration') as (seconds: number) => string)(3725)).toBe('1:02:05')
    expect(axis('count')).toBeUndefined()
    expect(['ratio', 'duration', 'count'].map((unit) => inUnit(unit as 'ratio', 2))).toEqual([
      '200.00%',
      '0:00:02',
      '2',
    ])
  })

  it('put slices too small to be told apart into one, and lose none', () => {
    const answer = report({ calls: 0 })
    const rows = Array.from({ length: 40 }, (_, n) => ({
      time: null,
      label: '',
      keys: [{ dimension: 'type' as const, id: `${n}`, name: `类${n}` }],
      values: { calls: n },
      texts: {},
    }))
    const option = pieOfRows({ ...answer, rows }, answer.columns[0]!, (n) => `其余 ${n} 项`) as {
      series: { data: { name: string; value: number }[] }[]
    }
    const parts = option.series[0]?.data ?? []
    expect(parts).toHaveLength(12)
    expect(parts.at(-1)?.name).toBe('其余 28 项')
    expect(parts.reduce((sum, { value }) => sum + value, 0)).toBe((39 * 40) / 2)
  })
})

describe('the time line of agents', () => {
  it('keeps two of the same name apart, and says which day begins', () => {
    const one = (agent_id: string): Parameters<typeof ganttOption>[0][number] => ({
      agent_id,
      agent_name: '王伟',
      from: '2026-11-23T01:00:00Z',
      to: '2026-11-23T02:00:00Z',
      state: 'ready',
      state_name: '等待',
    })
    const option = ganttOption([one('a'), one('b')]) as {
      yAxis: { data: string[] }
      series: { data: { value: number[] }[] }[]
    }
    expect(option.yAxis.data).toEqual(['王伟', '王伟'])
    expect(option.series[0]?.data.map(({ value }) => value[0])).toEqual([0, 1])
    expect(momentOf(Date.parse('2026-11-23T16:00:00Z'))).toBe('11-24')
    expect(momentOf(Date.parse('2026-11-23T04:30:00Z'))).toBe('12:30')
  })
})

describe('a wide table on paper', () => {
  it('is cut into pieces that lose no column', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (n) => {
        const { columns } = report(Object.fromEntries(Array.from({ length: n }, (_, i) => [`c${i}`, i])))
        const pieces = inPieces(columns)
        expect(pieces.flatMap((piece) => piece.columns)).toEqual(columns)
        expect(pieces.every(({ start, columns: some }) => columns[start] === some[0])).toBe(true)
      }),
    )
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

describe('the map of provinces', () => {
  it('puts every province on a tile of its own', () => {
    const places = Object.values(TILES).map((place) => place.join(','))
    expect(places).toHaveLength(34)
    expect(new Set(places).size).toBe(34)
  })

  it('knows provinces by their full names', () => {
    expect(
      ['广西壮族自治区', '北京市', '湖南省', '内蒙古自治区', '香港特别行政区', '未知'].map(shortProvince),
    ).toEqual(['广西', '北京', '湖南', '内蒙古', '香港', '未知'])
  })
})

describe('the heat map', () => {
  it('has a cell for every row, at the crossing of its keys', () => {
    const base = report({ trunk_in: 3 })
    const row = (weekday: string, hour: string, value: number) => ({
      time: null,
      label: '全部',
      keys: [
        { dimension: 'weekday' as const, id: weekday, name: weekday },
        { dimension: 'hour' as const, id: hour, name: hour },
      ],
      values: { trunk_in: value },
      texts: { trunk_in: String(value) },
    })
    const rows = [row('周一', '9', 1), row('周一', '10', 2), row('周二', '9', 3)]
    const option = heatOption({ ...base, rows }, base.columns[0]!) as unknown as {
      series: { data: { value: number[] }[] }[]
      xAxis: { data: string[] }
      yAxis: { data: string[] }
    }
    expect(option.xAxis.data).toEqual(['9', '10'])
    expect(option.yAxis.data).toEqual(['周一', '周二'])
    expect(option.series[0]?.data.map(({ value }) => value)).toEqual([
      [0, 0, 1],
      [1, 0, 2],
      [0, 1, 3],
    ])
  })
})
