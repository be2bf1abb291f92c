// The picture of a day: bars for today's calls by hour, a line for yesterday's. Pure.

import type { EChartsCoreOption } from 'echarts/core'

import type { LiveCurve } from '@/shared/api/types'

export interface CurveWords {
  entered: string
  answered: string
  abandoned: string
  yesterday: string
}

const LIGHT = {
  text: '#64747f',
  line: '#dfe5e9',
  entered: '#85b4ba',
  answered: '#1f68ad',
  abandoned: '#bb4430',
  before: '#b26a12',
}
const DARK = {
  text: '#b9c6cf',
  line: '#33454f',
  entered: '#3f7f88',
  answered: '#5aa9ee',
  abandoned: '#f0806c',
  before: '#e6b35c',
}

/** The hours that matter: from the first to the last with calls on either day, the running one among them. */
export function hoursShown(curve: LiveCurve): number[] {
  const busy = [...Array(24).keys()].filter(
    (hour) => curve.today.entered[hour] || curve.yesterday.entered[hour] || hour === curve.hour,
  )
  const first = Math.min(busy[0] ?? 8, 8)
  const last = Math.max(busy.at(-1) ?? 18, 18)
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

export function curveOption(
  curve: LiveCurve,
  words: CurveWords,
  { dark, scale }: { dark: boolean; scale: number },
): EChartsCoreOption {
  const hours = hoursShown(curve)
  const colours = dark ? DARK : LIGHT
  const fontSize = 11 * scale
  // Hours to come are not zero; they are not yet.
  const today = (values: number[]) => hours.map((hour) => (hour <= curve.hour ? (values[hour] ?? 0) : null))
  const text = { color: colours.text, fontSize }
  const line = { type: 'line', symbolSize: 7 * scale, smooth: true, lineStyle: { width: 2 * scale } }
  return {
    animation: false,
    textStyle: text,
    tooltip: { trigger: 'axis', textStyle: { fontSize } },
    legend: { top: 0, textStyle: text, itemWidth: 16 * scale, itemHeight: 8 * scale },
    grid: { left: 34 * scale, right: 12 * scale, top: 26 * scale, bottom: 22 * scale },
    xAxis: {
      type: 'category',
      data: hours.map((hour) => `${hour}:00`),
      axisLabel: text,
      axisLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      axisLabel: text,
      splitLine: { lineStyle: { color: colours.line } },
    },
    series: [
      {
        name: words.entered,
        type: 'bar',
        itemStyle: { color: colours.entered },
        data: today(curve.today.entered),
      },
      {
        ...line,
        name: words.answered,
        itemStyle: { color: colours.answered },
        data: today(curve.today.answered),
      },
      {
        ...line,
        name: words.abandoned,
        itemStyle: { color: colours.abandoned },
        data: today(curve.today.abandoned),
      },
      {
        ...line,
        name: words.yesterday,
        itemStyle: { color: colours.before },
        lineStyle: { width: 2 * scale, type: 'dashed' },
        data: hours.map((hour) => curve.yesterday.entered[hour] ?? 0),
      },
    ],
  }
}
