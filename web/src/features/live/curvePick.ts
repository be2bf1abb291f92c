// What a bar or point of the day's curve asks of the reports when it is opened: an hour of today, or of yesterday. Pure.

import { dayQuery } from './dayQuery'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const LOCAL_MS = 8 * HOUR_MS
/** Figures in the order in which `curveOption` draws them; the last is yesterday's. */
const DRAWN = ['queue_entered', 'visits_answered', 'visits_abandoned', 'queue_entered'] as const

export interface CurvePlace {
  query: ReturnType<typeof dayQuery>
  figure: string
  at: string
}

/** `now`: when the curve was made; `hour`: local, of the point. */
export function curvePlace(
  now: string,
  queueIds: readonly string[],
  seriesIndex: number,
  hour: number,
): CurvePlace | null {
  const figure = DRAWN[seriesIndex]
  if (figure === undefined) return null
  const midnight = Math.floor((Date.parse(now) + LOCAL_MS) / DAY_MS) * DAY_MS - LOCAL_MS
  const start = midnight - (seriesIndex === DRAWN.length - 1 ? DAY_MS : 0)
  const query = { ...dayQuery(new Date(start).toISOString(), queueIds), grain: 'hour' }
  return { query, figure, at: new Date(start + hour * HOUR_MS).toISOString() }
}
