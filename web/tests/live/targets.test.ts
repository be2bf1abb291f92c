import { describe, expect, it } from 'vitest'

import { hoursShown } from '@/features/live/curve'
import { targetsOf } from '@/features/live/targets'

import { METRICS } from '../samples'

const rules = [
  { scope: 'site', metric: 'queue_answer_rate', amber: 90, red: 80 },
  { scope: 'queue', target_id: 'q1', metric: 'queue_answer_rate', amber: 95, red: null },
  { scope: 'queue', target_id: null, metric: 'waiting', amber: 3, red: 8 },
]

describe('targets', () => {
  const targets = targetsOf(rules, METRICS)
  it('colour what is too little', () => {
    expect(targets.tone('queue_answer_rate', '', 0.901)).toBe('')
    expect(targets.tone('queue_answer_rate', '', 0.9)).toBe('amber')
    expect(targets.tone('queue_answer_rate', '', 0.5)).toBe('red')
  })
  it('colour what is too much', () => {
    expect(targets.tone('waiting', 'q7', 3)).toBe('amber')
    expect(targets.tone('waiting', 'q7', 8)).toBe('red')
  })
  it('of a queue go before those of the site', () => {
    expect(targets.line('queue_answer_rate', 'q1')).toBe(0.95)
    expect(targets.line('queue_answer_rate', 'q2')).toBe(0.9)
    expect(targets.line('service_level', 'q2')).toBeNull()
  })
  it('say nothing of a figure that is not there', () => {
    expect(targets.tone('queue_answer_rate', '', null)).toBe('')
  })
})

describe('the curve', () => {
  const day = (hours: Record<number, number>): number[] =>
    Array.from({ length: 24 }, (_, hour) => hours[hour] ?? 0)
  const line = (hours: Record<number, number>) => ({
    entered: day(hours),
    answered: day({}),
    abandoned: day({}),
  })
  it('shows the working hours, and those with calls beyond them', () => {
    const curve = { at: '', hour: 10, today: line({ 6: 1 }), yesterday: line({ 21: 4 }) }
    expect([hoursShown(curve)[0], hoursShown(curve).at(-1)]).toEqual([6, 21])
    const calm = { at: '', hour: 10, today: line({}), yesterday: line({}) }
    expect([hoursShown(calm)[0], hoursShown(calm).at(-1)]).toEqual([8, 18])
  })
})
