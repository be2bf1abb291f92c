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

const DAY_MIN = 1440

/** Minutes since midnight as 09:05; the end of the day is 24:00. */
export function clockText(minute: number): string {
  return `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`
}

/** "9:30" → 570; null when it is no time of day. 24:00 is the end of the day. */
export function minuteOfDay(text: string): number | null {
  const match = /^(\d{1,2})[:：](\d{2})$/.exec(text.trim())
  if (!match) return null
  const minute = Number(match[1]) * 60 + Number(match[2])
  return Number(match[2]) < 60 && minute <= DAY_MIN ? minute : null
}

/** Whole seconds between two moments; `until` in epoch milliseconds. */
export function secondsSince(iso: string, untilMs: number): number {
  return Math.max(0, Math.floor((untilMs - Date.parse(iso)) / 1000))
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The site's local time against UTC. China has one zone and no summer time; the browser's own zone does not matter. */
const SITE_OFFSET_MIN = 480

/** A moment whose UTC fields read as the site's local time. */
const local = (ms: number): Date => new Date(ms + SITE_OFFSET_MIN * MINUTE_MS)

/** 2026-11-22 15:06:14 in the site's time. */
export function dateTime(iso: string | null | undefined): string {
  return iso ? local(Date.parse(iso)).toISOString().slice(0, 19).replace('T', ' ') : NOTHING
}

/** 15:06:14 in the site's time. */
export function timeOfDay(iso: string | null | undefined): string {
  return iso ? dateTime(iso).slice(11) : NOTHING
}

/** The site's calendar day of a moment, as 2026-11-22. */
export function localDay(at: Date): string {
  return local(at.getTime()).toISOString().slice(0, 10)
}

/** The calendar day `days` later (or earlier). */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

/** The moment at which the site's calendar day begins. */
export function midnightOf(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - SITE_OFFSET_MIN * MINUTE_MS).toISOString()
}

/** Day of the week, Monday 0. */
export function weekday(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
}

/** First and last day of the month `months` away from the day's own. */
export function monthOf(day: string, months = 0): { first: string; last: string } {
  const [year = 0, month = 1] = day.split('-').map(Number)
  const first = new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10)
  return { first, last: new Date(Date.UTC(year, month + months, 0)).toISOString().slice(0, 10) }
}

/** The moment of a site's local time written 2026-11-22 15:06. */
export function momentOf(text: string): string {
  return new Date(Date.parse(`${text.replace(' ', 'T')}Z`) - SITE_OFFSET_MIN * MINUTE_MS).toISOString()
}
