import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { count, percent, phoneNumber, ratio } from '@/shared/format/number'
import {
  addDays,
  clock,
  dateTime,
  localDay,
  longClock,
  midnightOf,
  momentOf,
  monthOf,
  secondsSince,
  weekday,
} from '@/shared/format/time'
import { cleanNumber } from '@/shared/phone/number'
import { levelOf } from '@/shared/phone/microphone'
import { matches } from '@/shared/ui/match'
import { daysToRange, presetDays, PRESETS } from '@/shared/ui/period'

describe('durations', () => {
  it.each([
    [0, '0:00', '0:00:00'],
    [75, '1:15', '0:01:15'],
    [3675.9, '1:01:15', '1:01:16'],
    [null, '—', '—'],
  ])('%s s is %s or %s', (seconds, short, long) => {
    expect(clock(seconds)).toBe(short)
    expect(longClock(seconds)).toBe(long)
  })

  it('never counts below zero, though clocks differ', () => {
    expect(secondsSince('2026-11-22T08:00:10Z', Date.parse('2026-11-22T08:00:00Z'))).toBe(0)
  })
})

describe('figures', () => {
  it.each([
    [0.7777, '77.77%'],
    [0.77777, '77.78%'],
    [0.70005, '70.01%'],
    [1, '100.00%'],
    [null, '—'],
  ])('%s reads %s', (value, text) => expect(percent(value)).toBe(text))

  it('shows nothing to divide by as a dash, not as zero', () => {
    expect(percent(ratio(0, 0))).toBe('—')
    expect(count(null)).toBe('—')
    expect(count(12345)).toBe('12,345')
  })

  it('groups mobile numbers and leaves others', () => {
    expect(phoneNumber('13800138000')).toBe('138 0013 8000')
    expect(phoneNumber('01084000000')).toBe('01084000000')
  })
})

describe('the site’s days', () => {
  it('begin at midnight in China, wherever the browser stands', () => {
    expect(localDay(new Date('2026-11-22T16:00:00Z'))).toBe('2026-11-23')
    expect(localDay(new Date('2026-11-22T15:59:59Z'))).toBe('2026-11-22')
    expect(midnightOf('2026-11-23')).toBe('2026-11-22T16:00:00.000Z')
    expect(dateTime('2026-11-22T16:02:26.123Z')).toBe('2026-11-23 00:02:26')
  })

  it('know their weekday and month', () => {
    expect(weekday('2026-11-23')).toBe(0)
    expect(weekday('2026-11-22')).toBe(6)
    expect(monthOf('2024-02-10')).toEqual({ first: '2024-02-01', last: '2024-02-29' })
    expect(monthOf('2026-01-31', -1)).toEqual({ first: '2025-12-01', last: '2025-12-31' })
  })

  it('give a range that holds exactly the days asked for', () => {
    const days = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(days, fc.constantFrom(...PRESETS), (now, preset) => {
        const { first, last } = presetDays(preset, now)
        const { from, to } = daysToRange({ first, last })
        expect(first <= last).toBe(true)
        expect(localDay(new Date(from))).toBe(first)
        expect(localDay(new Date(Date.parse(to) - 1))).toBe(last)
      }),
    )
  })

  it('write and read a moment the same', () => {
    expect(momentOf('2026-11-23 00:02')).toBe('2026-11-22T16:02:00.000Z')
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
  })
})

describe('small things', () => {
  it.each([
    ['010-8400 0000', '01084000000'],
    ['+86 138 0013 8000', '+8613800138000'],
    ['abc', ''],
    ['1', ''],
    ['', ''],
  ])('cleans %s to %s', (typed, cleaned) => expect(cleanNumber(typed)).toBe(cleaned))

  it('finds every word anywhere', () => {
    expect(matches('不动产 80', '不动产登记', '8001')).toBe(true)
    expect(matches('社会', '不动产登记')).toBe(false)
    expect(matches('', null)).toBe(true)
  })

  it('shows a level between silence and full', () => {
    expect(levelOf(0)).toBe(0)
    expect(levelOf(1)).toBe(1)
    expect(levelOf(0.01)).toBeCloseTo(20 / 54, 5)
  })
})
