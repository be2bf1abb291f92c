import { describe, expect, it } from 'vitest'

import { curvePlace } from '@/features/live/curvePick'
import type { ReportAnswer } from '@/features/reports/api'
import { isOfFeature, isPickable, pickedOf, splittableBy } from '@/features/reports/own'
import { stretchAt } from '@/features/reports/maps'
import { pickInPicture, pickStretch } from '@/features/reports/picking'
import { drillPlace, drillQuery } from '@/features/tickets/reportDrill'

const column = (key: string, name: string) => ({
  key,
  name,
  unit: 'count' as const,
  section: '',
  words: '',
})
const row = (label: string, time: string | null, ...keys: [string, string | null, string][]) => ({
  label,
  time,
  keys: keys.map(([dimension, id, name]) => ({ dimension, id, name })),
  values: {},
  texts: {},
})
const COLUMNS = [
  column('trunk_in', '中继呼入总量'),
  column('ended_closed', '非服务时间来电量'),
  column('wait_5', '0–5 秒'),
  column('answered_wait_5', '0–5 秒'),
  column('abandoned_wait_5', '0–5 秒'),
]
const report = {
  key: 'r',
  group_by: ['province', 'queue'],
  columns: COLUMNS,
  rows: [
    row('8 时', '2026-11-28T00:00:00Z', ['province', '11', '北京市'], ['queue', 'q1', '社保']),
    row('9 时', '2026-11-28T01:00:00Z', ['province', '31', '上海市'], ['queue', null, '（无）']),
  ],
  totals: row('合计', null),
} as unknown as ReportAnswer
const picked = (kind: string, name: string, seriesIndex: number, dataIndex: number, byRows = false) =>
  pickInPicture(report, kind, COLUMNS.slice(0, 2), byRows, { name, seriesIndex, dataIndex })

describe('a place in a picture', () => {
  it('opens the figure of its row, with every key, those of none too', () => {
    expect(picked('line', '', 1, 1)).toEqual({
      place: {
        figure: 'ended_closed',
        at: '2026-11-28T01:00:00Z',
        row: ['province:31', 'queue:'],
      },
      words: '非服务时间来电量 · 9 时 · 上海市 · （无）',
    })
    expect(picked('heat', '', 0, 0)?.place.figure).toBe('trunk_in')
  })

  it('opens totals where the picture shows totals', () => {
    expect(picked('pie', '非服务时间来电量', 0, 0)?.place).toEqual({
      figure: 'ended_closed',
      at: null,
      row: [],
    })
    expect(picked('sankey', '语音菜单 > 非服务时间来电量', 0, 3)?.place.figure).toBe('ended_closed')
    expect(picked('sankey', '中继呼入总量', 0, 0)?.place.figure).toBe('trunk_in')
    expect(picked('sankey', '座席组', 0, 0)).toBeNull()
    expect(picked('distribution', '0–5 秒', 1, 0)?.place.figure).toBe('abandoned_wait_5')
  })

  it('opens a share over the whole time', () => {
    expect(picked('pie', '北京市 · 社保', 0, 0, true)?.place).toEqual({
      figure: 'trunk_in',
      at: null,
      row: ['province:11', 'queue:q1'],
    })
    expect(picked('map', '上海', 0, 0)?.place.row).toEqual(['province:31'])
    expect(picked('map', '西藏', 0, 0)).toBeNull()
  })
})

describe('a point of the day', () => {
  it('is an hour of today, or of yesterday', () => {
    const now = '2026-11-28T17:30:00Z' // half past one in the night of the 29th in Beijing
    expect(curvePlace(now, ['q'], 1, 1)).toMatchObject({
      figure: 'visits_answered',
      at: '2026-11-28T17:00:00.000Z',
      query: { from: '2026-11-28T16:00:00.000Z', grain: 'hour', filters: { queue: ['q'] } },
    })
    expect(curvePlace(now, [], 3, 23)).toMatchObject({
      figure: 'queue_entered',
      at: '2026-11-28T15:00:00.000Z',
      query: { from: '2026-11-27T16:00:00.000Z', to: '2026-11-28T16:00:00.000Z' },
    })
    expect(curvePlace(now, [], 4, 0)).toBeNull()
  })
})

describe('figures of tickets', () => {
  const metrics = [
    { key: 'trunk_in', family: 'inbound', dimensions: ['queue', 'agent'] },
    { key: 'tickets_made', family: 'tickets', dimensions: ['agent', 'ticket_type'] },
  ] as Parameters<typeof pickedOf>[0]
  const dimensions = ['queue', 'agent', 'ticket_type'].map((key) => ({
    key,
    name: key,
    name_en: key,
    families: [],
  }))
  const groups = (...keys: string[]) =>
    splittableBy(pickedOf(metrics, keys), dimensions).map(({ key }) => key)

  it('stand beside calls by what both know', () => {
    expect(groups('tickets_made')).toEqual(['agent', 'ticket_type'])
    expect(groups('trunk_in', 'tickets_made')).toEqual(['agent'])
    expect(metrics.map(isOfFeature)).toEqual([false, true])
  })

  it('are offered with those of the knowledge base, and without states of the moment', () => {
    const entry = (family: string, live: '' | 'moment') =>
      ({ family, live, dimensions: [] }) as unknown as Parameters<typeof isPickable>[0]
    expect([entry('knowledge', ''), entry('live', 'moment')].map(isPickable)).toEqual([true, false])
  })

  it('open by day, by group and as totals', () => {
    const range = { from: 'a', to: 'b' }
    expect(drillQuery(range, 'day').grain).toBe('day')
    expect(drillPlace('tickets', 'made', 'day', '2026-11-20').at).toBe('2026-11-20T00:00:00+08:00')
    expect(drillPlace('complaints', 'valid', 'agent', 'a1').row).toEqual(['agent:a1'])
    expect(drillPlace('tickets', 'made', 'type', '')).toEqual({
      figure: 'tickets_made',
      at: null,
      row: ['ticket_type:'],
    })
    expect(drillPlace('tickets', 'made', 'type', undefined).row).toEqual([])
  })
})

describe('a stretch of the time line', () => {
  const stretch = (agent_id: string, state: string, from: string, to: string) => ({
    agent_id,
    agent_name: '王伟',
    from,
    to,
    state,
    state_name: state,
  })
  const stretches = [
    stretch('a', 'ready', '2026-11-23T01:00:00.250Z', '2026-11-23T01:10:00.000Z'),
    stretch('a', 'talking', '2026-11-23T01:10:00.000Z', '2026-11-23T01:12:00.000Z'),
    stretch('b', 'ready', '2026-11-23T01:00:00.000Z', '2026-11-23T01:00:00.000Z'),
  ]

  it('is found by its line and its place in it, and asks for its own time in its state', () => {
    const found = [
      [0, 1],
      [1, 0],
      [2, 0],
    ].map(([seriesIndex = 0, dataIndex = 0]) => stretchAt(stretches, { name: '', seriesIndex, dataIndex }))
    expect(found).toEqual([stretches[2], stretches[1], undefined])
    const { query, place } = pickStretch(stretches[0]!)
    expect(place).toEqual({ figure: 'state_ready', at: null, row: [] })
    expect([query.from, query.to, query.filters]).toEqual([
      '2026-11-23T01:00:00.249Z',
      '2026-11-23T01:09:59.999Z',
      { agent: ['a'] },
    ])
  })

  it('is asked for even if it has no length', () => {
    const { query } = pickStretch(stretches[2]!)
    expect(Date.parse(query.to)).toBeGreaterThan(Date.parse(query.from))
  })
})
