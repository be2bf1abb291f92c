// Which figure a place in a picture shows, so that it opens like the same figure in the table. Pure.

import type { Place, ReportAnswer, ReportColumn, ReportQuery, ReportRow } from './api'
import type { Stretch } from './maps'
import { shortProvince } from './provinces'

/** What was clicked: the chart's own words for a bar, a point, a slice, a band or a tile. */
export interface Point {
  name: string
  seriesIndex: number
  dataIndex: number
}

interface Picked {
  place: Place
  words: string
}

/** The figure of a row; of the totals without one. */
export function pickOf(report: ReportAnswer, row: ReportRow | null, column: ReportColumn): Picked {
  const whole = row === null || row === report.totals
  const named = whole ? [report.totals.label] : [row.label, ...row.keys.map((key) => key.name)]
  return {
    place: {
      figure: column.key,
      at: whole ? null : row.time,
      row: whole ? [] : row.keys.map(({ dimension, id }) => `${dimension}:${id ?? ''}`),
    },
    words: [column.name, ...named].filter(Boolean).join(' · '),
  }
}

/** A figure of all rows that share some keys, over the whole time. */
function pickShared(row: ReportRow | undefined, column: ReportColumn, dimensions: string[]): Picked | null {
  const keys = row?.keys.filter(({ dimension }) => dimensions.includes(dimension)) ?? []
  if (keys.length === 0) return null
  return {
    place: { figure: column.key, at: null, row: keys.map(({ dimension, id }) => `${dimension}:${id ?? ''}`) },
    words: [column.name, ...keys.map(({ name }) => name)].join(' · '),
  }
}

/** What a stretch of a time line asks of the reports: the agent's time in this state from its beginning to its end. */
export function pickStretch({ agent_id, state, from, to }: Stretch): { query: ReportQuery; place: Place } {
  // Times are cut to milliseconds: the pieces of the stretch begin up to one before, those of the next up to one before its end.
  const [begin, end] = [Date.parse(from) - 1, Math.max(Date.parse(to) - 1, Date.parse(from) + 1)]
  const query = {
    key: 'query',
    from: new Date(begin).toISOString(),
    to: new Date(end).toISOString(),
    grain: 'total',
    group_by: [],
    filters: { agent: [agent_id] },
    variant: '',
    compare: '',
  }
  return { query, place: { figure: `state_${state}`, at: null, row: [] } }
}

/** What stands at a point of a picture of this kind; `columns` are the figures drawn. */
export function pickInPicture(
  report: ReportAnswer,
  kind: string,
  columns: ReportColumn[],
  byRows: boolean,
  { name, seriesIndex, dataIndex }: Point,
): Picked | null {
  const [first] = columns
  switch (kind) {
    case 'sankey': {
      const end = report.columns.find((column) => column.name === name || name.endsWith(` > ${column.name}`))
      return end ? pickOf(report, null, end) : null
    }
    case 'distribution': {
      const classes = report.columns.filter(({ key }) => key.startsWith('wait_'))
      const key = `${seriesIndex === 0 ? 'answered' : 'abandoned'}_${classes[dataIndex]?.key ?? ''}`
      const column = report.columns.find((one) => one.key === key)
      return column ? pickOf(report, null, column) : null
    }
    case 'map': {
      const row = report.rows.find((one) =>
        one.keys.some((key) => key.dimension === 'province' && shortProvince(key.name) === name),
      )
      return first ? pickShared(row, first, ['province']) : null
    }
    case 'pie': {
      if (!byRows) {
        const column = columns.find((one) => one.name === name)
        return column ? pickOf(report, null, column) : null
      }
      const row = report.rows.find((one) => one.keys.map((key) => key.name).join(' · ') === name)
      return first ? pickShared(row, first, report.group_by) : null
    }
    default: {
      const column = kind === 'heat' ? first : columns[seriesIndex]
      const row = report.rows[dataIndex] ?? report.totals
      return column ? pickOf(report, row, column) : null
    }
  }
}
