// Heat map, map of provinces and time line of agents as chart options. Pure.

import type { EChartsCoreOption as Option } from 'echarts/core'

import { dateTime, timeOfDay } from '@/shared/format/time'

import type { ListingAnswer, ReportAnswer, ReportColumn } from './api'
import type { Point } from './picking'
import { inUnit } from './pictures'
import { shortProvince, TILES } from './provinces'

const PALE = '#edf5f5'
const DEEP = '#1f6f78'

/** A figure by two of what the rows are split by: rows' first key down, second key (or time) across. */
export function heatOption(report: ReportAnswer, column: ReportColumn): Option {
  const across = (index: number): string => {
    const row = report.rows[index]
    if (!row) return ''
    const keys = row.keys.map((key) => key.name)
    return report.grain === 'total' ? (keys[1] ?? keys[0] ?? '') : row.label
  }
  const down = (index: number): string => {
    const keys = report.rows[index]?.keys.map((key) => key.name) ?? []
    return report.grain === 'total' && keys.length < 2 ? column.name : (keys[0] ?? column.name)
  }
  const columns = [...new Set(report.rows.map((_, index) => across(index)))]
  const lines = [...new Set(report.rows.map((_, index) => down(index)))]
  const cells = report.rows.map((row, index) => ({
    value: [columns.indexOf(across(index)), lines.indexOf(down(index)), row.values[column.key] ?? 0],
    text: row.texts[column.key] ?? '',
  }))
  const most = Math.max(1, ...cells.map(({ value }) => value[2] ?? 0))
  return {
    grid: { left: 110, right: 24, top: 16, bottom: 72 },
    tooltip: {
      formatter: ({ data }: { data: { value: number[]; text: string } }) =>
        `${lines[data.value[1] ?? 0]} · ${columns[data.value[0] ?? 0]}<br>${column.name}　<b>${data.text}</b>`,
    },
    xAxis: { type: 'category', data: columns, splitArea: { show: true } },
    yAxis: { type: 'category', data: lines, inverse: true, splitArea: { show: true } },
    visualMap: {
      min: 0,
      max: most,
      text: [inUnit(column.unit, most), '0'],
      orient: 'horizontal',
      left: 'center',
      bottom: 4,
      itemHeight: 160,
      inRange: { color: [PALE, DEEP] },
    },
    series: [{ type: 'heatmap', data: cells, itemStyle: { borderColor: '#fff', borderWidth: 1 } }],
  }
}

/** A figure by province, as tiles in their places; what has no province is left to the table. */
export function mapOption(report: ReportAnswer, column: ReportColumn): Option {
  const sums = new Map<string, number>()
  for (const row of report.rows) {
    const province = row.keys.find(({ dimension }) => dimension === 'province')
    if (!province) continue
    const name = shortProvince(province.name)
    sums.set(name, (sums.get(name) ?? 0) + (row.values[column.key] ?? 0))
  }
  const cells = Object.entries(TILES).map(([name, [x, y]]) => ({ name, value: [x, y, sums.get(name) ?? 0] }))
  const most = Math.max(1, ...cells.map(({ value }) => value[2] ?? 0))
  return {
    grid: { left: 20, right: 20, top: 10, bottom: 60 },
    tooltip: {
      formatter: ({ data }: { data: { name: string; value: number[] } }) =>
        `${data.name}<br>${column.name}　<b>${inUnit(column.unit, data.value[2] ?? 0)}</b>`,
    },
    xAxis: { type: 'category', show: false, data: Array.from({ length: 9 }, (_, index) => index) },
    yAxis: {
      type: 'category',
      show: false,
      inverse: true,
      data: Array.from({ length: 10 }, (_, index) => index),
    },
    visualMap: {
      min: 0,
      max: most,
      orient: 'horizontal',
      left: 'center',
      bottom: 4,
      itemHeight: 160,
      inRange: { color: [PALE, DEEP] },
    },
    series: [
      {
        type: 'heatmap',
        data: cells,
        label: {
          show: true,
          formatter: ({ data }: { data: { name: string; value: number[] } }) =>
            `${data.name}\n${data.value[2] ? inUnit(column.unit, data.value[2]) : ''}`,
        },
        itemStyle: { borderColor: '#fff', borderWidth: 3, borderRadius: 4 },
      },
    ],
  }
}

const STATES: Record<string, string> = {
  ready: '#2b8256',
  ringing: '#b8660a',
  talking: '#1f68ad',
  holding: '#7a54a8',
  after_call: '#1f7a86',
  busy: '#bb4430',
  rest: '#85714d',
  dialling: '#d09a4c',
  internal: '#4f7d95',
  missed: '#8a1f10',
  offline: '#d5dbe0',
}

/** An unbroken state of an agent. */
export interface Stretch {
  agent_id: string
  agent_name: string
  from: string
  to: string
  state: string
  state_name: string
  reason?: string
}

interface DrawApi {
  value(index: number): number
  coord(point: [number, number]): [number, number]
  size(span: [number, number]): [number, number]
  style(): object
}

export const ganttHeight = (stretches: Stretch[]): number =>
  90 + 26 * new Set(stretches.map(({ agent_id }) => agent_id)).size

export const stretchesOf = (pages: ListingAnswer[]): Stretch[] =>
  pages.flatMap((page) => page.rows as unknown as Stretch[]).filter(({ from, to }) => from && to)

/** A mark of the time axis: the hour, and at midnight the day that begins. */
export function momentOf(ms: number): string {
  const written = dateTime(new Date(ms).toISOString())
  return written.endsWith('00:00:00') ? written.slice(5, 10) : written.slice(11, 16)
}

/** Whose stretch it is, and what of. */
export const stretchWords = ({ agent_name, state_name, reason }: Stretch): string =>
  `${agent_name}　${state_name}${reason ? `（${reason}）` : ''}`

/** In the order of the legend: a line of the picture for each state. */
function byState(stretches: Stretch[]): { state: string; name: string; drawn: Stretch[] }[] {
  const states = new Map(stretches.map(({ state, state_name }) => [state, state_name]))
  return [...states].map(([state, name]) => ({
    state,
    name,
    drawn: stretches.filter((one) => one.state === state),
  }))
}

/** The stretch that was clicked in `ganttOption`'s picture of the same stretches. */
export const stretchAt = (stretches: Stretch[], { seriesIndex, dataIndex }: Point): Stretch | undefined =>
  byState(stretches)[seriesIndex]?.drawn[dataIndex]

/** Agents' states over time: one line for each agent. */
export function ganttOption(stretches: Stretch[]): Option {
  const named = new Map(stretches.map(({ agent_id, agent_name }) => [agent_id, agent_name]))
  const agents = [...named].sort(([, a], [, b]) => a.localeCompare(b, 'zh-CN')).map(([id]) => id)
  const series = byState(stretches).map(({ state, name, drawn }) => ({
    name,
    type: 'custom',
    itemStyle: { color: STATES[state] ?? '#84919a' },
    encode: { x: [1, 2], y: 0 },
    renderItem: (_: unknown, draw: DrawApi) => {
      const [x, y] = draw.coord([draw.value(1), draw.value(0)])
      const [end] = draw.coord([draw.value(2), draw.value(0)])
      const height = draw.size([0, 1])[1] * 0.64
      return {
        type: 'rect',
        shape: { x, y: y - height / 2, width: Math.max(1, end - x), height },
        style: draw.style(),
      }
    },
    data: drawn.map((one) => ({
      value: [agents.indexOf(one.agent_id), Date.parse(one.from), Date.parse(one.to)],
      said: `${stretchWords(one)}<br>${timeOfDay(one.from)} – ${timeOfDay(one.to)}`,
    })),
  }))
  return {
    grid: { left: 120, right: 24, top: 40, bottom: 50 },
    legend: { top: 4, type: 'scroll' },
    tooltip: { formatter: ({ data }: { data: { said: string } }) => data.said },
    dataZoom: [
      { type: 'slider', height: 16, bottom: 6, filterMode: 'weakFilter' },
      { type: 'inside', filterMode: 'weakFilter' },
    ],
    xAxis: {
      type: 'time',
      axisLabel: { formatter: momentOf },
    },
    yAxis: { type: 'category', data: agents.map((id) => named.get(id) ?? ''), inverse: true },
    series,
  }
}
