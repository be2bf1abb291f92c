// Turns a report into chart options. Pure; the texts under the pointer are the server's own.

import type { EChartsCoreOption as Option } from 'echarts/core'

import { SERIES_COLOURS } from '@/shared/charts/colours'
import { longClock } from '@/shared/format/time'

import type { ReportAnswer, ReportColumn, ReportRow } from './api'

const number = (row: ReportRow, key: string): number => row.values[key] ?? 0

/** A figure as a picture shows it: ratios in per cent, durations in seconds. */
function plotted(row: ReportRow, column: ReportColumn): number | null {
  const value = row.values[column.key]
  if (value === null || value === undefined) return null
  return column.unit === 'ratio' ? Math.round(value * 10000) / 100 : value
}

/** A value that stands nowhere in the answer, such as a mark of an axis or a sum, in the figure's unit. */
export function inUnit(unit: ReportColumn['unit'] | undefined, value: number): string {
  if (unit === 'duration') return longClock(value)
  if (unit === 'count' || unit === undefined) return String(value)
  const whole = unit === 'ratio' ? 100 : 1
  const decimals = (Math.round(value * whole * 100) / 100).toFixed(2)
  return unit === 'ratio' ? `${decimals}%` : decimals
}

const DAY_AND_TIME = /^(.+) (\d\d:\d\d)$/

/** How the rows' times are written: within one day the day is said once, above, and not on every row. */
export function timeWriter(rows: ReportRow[]): (row: ReportRow) => string {
  const days = new Set(rows.map(({ label }) => DAY_AND_TIME.exec(label)?.[1]))
  const oneDay = days.size === 1 && !days.has(undefined)
  return ({ label }) => (oneDay ? (DAY_AND_TIME.exec(label)?.[2] ?? label) : label)
}

/** What a row is called: its time, if it has one, and whatever it is split by. */
const rowName = (row: ReportRow, time: string): string => {
  const names = row.keys.map((key) => key.name).filter(Boolean)
  return (row.time === null && names.length > 0 ? names : [time, ...names]).filter(Boolean).join(' · ')
}

const READABLE_BARS = 30
const READABLE_POINTS = 100

/** Many rows can be zoomed into; of groups, which are in order of what matters, the first are shown at first. */
function zoomOf(rows: ReportRow[]): Option[] {
  if (rows.length <= 16) return []
  const grouped = rows[0]?.time === null
  const shown = grouped && rows.length > READABLE_BARS ? { startValue: 0, endValue: READABLE_BARS - 1 } : {}
  return [
    { type: 'slider', height: 18, bottom: 8, ...shown },
    { type: 'inside', ...shown },
  ]
}

/** Marks of the axis: rates in per cent, durations as h:mm:ss; counts as the library writes them. */
function axisOf(unit: ReportColumn['unit'] | undefined): Option {
  if (unit === 'ratio') return { axisLabel: { formatter: '{value}%' } }
  if (unit !== 'duration') return {}
  return { axisLabel: { formatter: (seconds: number) => longClock(seconds) } }
}

/** Columns over time or groups, as bars or lines. */
export function seriesOption(report: ReportAnswer, columns: ReportColumn[], kind: 'bar' | 'line'): Option {
  const rows = report.rows.length > 0 ? report.rows : [report.totals]
  const timeOf = timeWriter(rows)
  return {
    color: SERIES_COLOURS,
    grid: {
      left: columns[0]?.unit === 'duration' ? 76 : 56,
      right: 24,
      top: 40,
      bottom: rows.length > 16 ? 70 : 36,
    },
    legend: { top: 4, type: 'scroll' },
    tooltip: {
      trigger: 'axis',
      formatter: (items: { dataIndex: number; seriesName: string; marker: string }[]) => {
        const row = rows[items[0]?.dataIndex ?? 0]
        if (!row) return ''
        const lines = items.map((item) => {
          const column = columns.find(({ name }) => name === item.seriesName)
          return `${item.marker}${item.seriesName}　<b>${column ? (row.texts[column.key] ?? '') : ''}</b>`
        })
        return [rowName(row, row.label), ...lines].join('<br>')
      },
    },
    dataZoom: zoomOf(rows),
    xAxis: {
      type: 'category',
      data: rows.map((row) => rowName(row, timeOf(row))),
      axisLabel: { hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      ...(columns[0]?.unit === 'count' ? { minInterval: 1 } : {}),
      ...axisOf(columns[0]?.unit),
      splitLine: { lineStyle: { color: '#e8edf0' } },
    },
    series: columns.map((column) => ({
      name: column.name,
      type: kind,
      barMaxWidth: 36,
      smooth: false,
      connectNulls: false,
      symbolSize: 8,
      showAllSymbol: rows.length <= READABLE_POINTS,
      data: rows.map((row) => plotted(row, column)),
    })),
  }
}

/** Shares of a whole: several figures out of the totals. */
export function pieOption(report: ReportAnswer, columns: ReportColumn[]): Option {
  const parts = columns.map(({ name, key }) => ({ name, value: number(report.totals, key) }))
  return pie(parts, columns[0]?.unit)
}

/** Shares of a whole: one figure by what the rows are split by, over the whole time. */
export function pieOfRows(report: ReportAnswer, column: ReportColumn, others: (n: number) => string): Option {
  const sums = new Map<string, number>()
  for (const row of report.rows) {
    const name = row.keys.map((key) => key.name).join(' · ')
    sums.set(name, (sums.get(name) ?? 0) + number(row, column.key))
  }
  const parts = [...sums].map(([name, value]) => ({ name, value })).filter(({ value }) => value > 0)
  parts.sort((a, b) => b.value - a.value)
  return pie(readable(parts, others), column.unit)
}

interface Part {
  name: string
  value: number
}

interface Slice {
  name: string
  value: number
  percent: number
}

const READABLE_SLICES = 12

/** Slices too many to be told apart: the last ones, in order of size, as one. */
function readable(parts: Part[], others: (n: number) => string): Part[] {
  if (parts.length <= READABLE_SLICES) return parts
  const rest = parts.slice(READABLE_SLICES - 1)
  const value = rest.reduce((sum, one) => sum + one.value, 0)
  return [...parts.slice(0, READABLE_SLICES - 1), { name: others(rest.length), value }]
}

function pie(all: Part[], unit: ReportColumn['unit'] | undefined): Option {
  const parts = all.filter(({ value }) => value > 0)
  return {
    color: SERIES_COLOURS,
    legend: { right: 10, top: 'middle', orient: 'vertical', type: 'scroll' },
    tooltip: {
      trigger: 'item',
      formatter: ({ name, value, percent }: Slice) => `${name}　<b>${inUnit(unit, value)}</b>（${percent}%）`,
    },
    series: [
      {
        type: 'pie',
        radius: ['38%', '66%'],
        center: ['40%', '50%'],
        label: { formatter: '{b} {d}%' },
        data: parts,
      },
    ],
  }
}

/** The colour of an end: served, lost, neither. */
const END_COLOURS: Record<string, string> = {
  ended_agent_answered: '#2b8256',
  ended_self_served: '#1f7a86',
  ended_duty_answered: '#5d9a74',
  ended_voicemail: '#4f7d95',
  ended_callback_requested: '#7a54a8',
  ended_queue_abandoned: '#bb4430',
  ended_ring_abandoned: '#cf7b6d',
  ended_duty_abandoned: '#d79a8f',
  ended_overflow_lost: '#b8660a',
  ended_system_lost: '#8a1f10',
}
const WAY_COLOUR = '#5c7c8c'
const OTHER_END_COLOUR = '#84919a'

/** Stages of a call on its way; each disposition leaves at one of them. */
const STAGES: Record<string, 'ivr' | 'queue' | 'door' | 'duty'> = {
  ended_rejected: 'door',
  ended_closed: 'door',
  ended_system_lost: 'door',
  ended_ivr_hangup: 'ivr',
  ended_self_served: 'ivr',
  ended_voicemail: 'ivr',
  ended_callback_requested: 'ivr',
  ended_agent_answered: 'queue',
  ended_queue_abandoned: 'queue',
  ended_ring_abandoned: 'queue',
  ended_overflow_lost: 'queue',
  ended_duty_answered: 'duty',
  ended_duty_abandoned: 'duty',
}

export interface FlowWords {
  in: string
  ivr: string
  queue: string
  duty: string
}

/** Where inbound calls went: trunk → menu → queue → end. Widths add up to the trunk's count. */
export function sankeyOption(report: ReportAnswer, { in: all, ...words }: FlowWords): Option {
  const trunk = report.columns.find(({ key }) => key === 'trunk_in')?.name ?? all // as the column, so that it opens
  const parts = report.columns
    .filter(({ key }) => key in STAGES)
    .map((column) => ({
      ...column,
      stage: STAGES[column.key] ?? 'door',
      count: number(report.totals, column.key),
    }))
    .filter(({ count }) => count > 0)
  const sum = (...stages: string[]): number =>
    parts.filter(({ stage }) => stages.includes(stage)).reduce((total, { count }) => total + count, 0)
  const through = [
    { source: trunk, target: words.ivr, value: sum('ivr', 'queue', 'duty') },
    { source: words.ivr, target: words.queue, value: sum('queue') },
    { source: words.ivr, target: words.duty, value: sum('duty') },
  ].filter(({ value }) => value > 0)
  const origin = { door: trunk, ivr: words.ivr, queue: words.queue, duty: words.duty }
  const ends = parts.map(({ name, stage, count }) => ({ source: origin[stage], target: name, value: count }))
  const links = [...through, ...ends]
  const colours = new Map(parts.map(({ name, key }) => [name, END_COLOURS[key] ?? OTHER_END_COLOUR]))
  const names = [...new Set(links.flatMap(({ source, target }) => [source, target]))]
  return {
    color: SERIES_COLOURS,
    tooltip: { trigger: 'item' },
    series: [
      {
        type: 'sankey',
        animation: false,
        left: 20,
        right: 150,
        top: 16,
        bottom: 16,
        nodeGap: 14,
        emphasis: { focus: 'adjacency' },
        lineStyle: { color: 'gradient', opacity: 0.35 },
        label: { formatter: (node: { name: string; value: number }) => `${node.name} ${node.value}` },
        data: names.map((name) => ({ name, itemStyle: { color: colours.get(name) ?? WAY_COLOUR } })),
        links,
      },
    ],
  }
}

const SANKEY_HEAD_PX = 60
const SANKEY_END_PX = 64
const SANKEY_MAX_PX = 340

/** A picture of few ends is low, so that one path is a band and not a wall. */
export function sankeyHeight(report: ReportAnswer): number {
  const ends = report.columns.filter(({ key }) => key in STAGES && number(report.totals, key) > 0).length
  return Math.min(SANKEY_MAX_PX, SANKEY_HEAD_PX + SANKEY_END_PX * Math.max(1, ends))
}

/** Waiting times in classes: answered and abandoned side by side. */
export function distributionOption(report: ReportAnswer): Option {
  const classes = report.columns.filter(({ key }) => key.startsWith('wait_'))
  const of = (prefix: string): number[] => classes.map(({ key }) => number(report.totals, `${prefix}${key}`))
  const nameOf = (prefix: string): string =>
    report.columns.find(({ key }) => key === `${prefix}${classes[0]?.key ?? ''}`)?.section ?? ''
  return {
    color: ['#1f68ad', '#bb4430'],
    grid: { left: 56, right: 24, top: 40, bottom: 36 },
    legend: { top: 4 },
    tooltip: { trigger: 'axis' },
    xAxis: { type: 'category', data: classes.map(({ name }) => name) },
    yAxis: { type: 'value', minInterval: 1, splitLine: { lineStyle: { color: '#e8edf0' } } },
    series: [
      { name: nameOf('answered_'), type: 'bar', stack: 'wait', barMaxWidth: 54, data: of('answered_') },
      { name: nameOf('abandoned_'), type: 'bar', stack: 'wait', barMaxWidth: 54, data: of('abandoned_') },
    ],
  }
}

const COLUMNS_ON_PAPER = 10

/** The columns of a wide table in pieces that paper holds, about equally wide, and where each begins. */
export function inPieces<Column>(columns: Column[]): { start: number; columns: Column[] }[] {
  const pieces = Math.ceil(columns.length / COLUMNS_ON_PAPER)
  const width = Math.ceil(columns.length / pieces)
  return Array.from({ length: pieces }, (_, piece) => piece * width).map((start) => ({
    start,
    columns: columns.slice(start, start + width),
  }))
}
