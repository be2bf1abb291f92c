// Times and durations as the screens say them. All input is ISO 8601 UTC or numbers of seconds.

const pad = (value: number): string => String(value).padStart(2, '0')

/** Missing figures are a dash, never a zero. */
export const NOTHING = '—'

/** 75 → 1:15; 3675 → 1:01:15. Fractions are cut, negatives are 0:00. */
export function clock(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NOTHING
  const whole = Math.max(0, Math.floor(seconds))
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`
}

/** h:mm:ss always, as reports write durations. */
export function longClock(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NOTHING
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 3600)}:${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`
}

/** Whole seconds between two moments; `until` in epoch milliseconds. */
export function secondsSince(iso: string, untilMs: number): number {
  return Math.max(0, Math.floor((untilMs - Date.parse(iso)) / 1000))
}

/** 2026-11-22 15:06:14 in the browser's zone. */
export function dateTime(iso: string | null | undefined): string {
  if (!iso) return NOTHING
  const at = new Date(iso)
  return `${localDay(at)} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`
}

/** 15:06:14 */
export function timeOfDay(iso: string | null | undefined): string {
  return iso ? dateTime(iso).slice(11) : NOTHING
}

/** Local calendar day as 2026-11-22. */
export function localDay(at: Date): string {
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`
}

/** Local midnight of the day `days` away from `from`. */
export function dayStart(from: Date, days = 0): Date {
  return new Date(from.getFullYear(), from.getMonth(), from.getDate() + days)
}
