// The form of opening hours; minutes of the day as 09:00, midnight at the end as 24:00.

import type { HoursRead } from '@/shared/api/types'
import { clockText, minuteOfDay } from '@/shared/format/time'
import { translate } from '@/shared/i18n'
import type { Problems } from '@/shared/ui/formDrawer'

import type { HoursForm } from './api'

export type Period = HoursForm['week'][number][number]

export const periodText = (periods: Period[]): string =>
  periods.map(({ start_min, end_min }) => `${clockText(start_min)}–${clockText(end_min)}`).join('、')

/** "9:00-12:00, 13:30-17:30" → periods in order; null when it cannot be read. "" is closed. */
export function readPeriods(text: string): Period[] | null {
  const parts = text.split(/[,，、;；\s]+/).filter(Boolean)
  const periods: Period[] = []
  for (const part of parts) {
    const [from, to] = part.split(/[-–—~～]/)
    const start = minuteOfDay(from ?? '')
    const end = minuteOfDay(to ?? '')
    if (start === null || end === null || end <= start) return null
    periods.push({ start_min: start, end_min: end })
  }
  periods.sort((a, b) => a.start_min - b.start_min)
  const overlap = periods.some(
    (period, index) => index > 0 && period.start_min < (periods[index - 1]?.end_min ?? 0),
  )
  return overlap ? null : periods
}

const WORKDAY: Period[] = [{ start_min: 540, end_min: 1050 }]

export const blankHours = (): HoursForm => ({
  name: '',
  week: [0, 1, 2, 3, 4, 5, 6].map((day) => (day < 5 ? WORKDAY.map((period) => ({ ...period })) : [])),
  special: [],
  national_holidays: true,
})

export function hoursForm({ name, week, special, national_holidays }: HoursRead): HoursForm {
  return { name, week, special: special ?? [], national_holidays: national_holidays ?? true }
}

export function checkHours(form: HoursForm): Problems {
  const problems: Problems = {}
  if (!form.name.trim()) problems.name = translate('form.required', { what: translate('hours.name') })
  const days = form.special.map((special) => special.day)
  if (days.some((day) => !day)) problems.special = translate('form.choose', { what: translate('hours.day') })
  else if (new Set(days).size !== days.length) problems.special = translate('hours.dayTwice')
  return problems
}
