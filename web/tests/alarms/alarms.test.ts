import { describe, expect, it } from 'vitest'

import {
  mustSound,
  NO_ALARMS,
  pastAlarms,
  runningAlarms,
  withAlarms,
  worstLevel,
} from '@/features/alarms/alarmState'
import { alarmText, scopesOf, valueText, watchable, wrongRule } from '@/features/alarms/say'

import { METRICS } from '../samples'
import type { Alarm, AlarmRule } from '@/features/alarms/types'

const AT = '2026-11-22T08:00:00Z'
const anAlarm = (id: string, change: Partial<Alarm> = {}): Alarm => ({
  id,
  authority_id: 'org',
  rule_id: 'r1',
  rule_name: '排队',
  scope: 'queue',
  metric: 'waiting',
  target_id: 'q1',
  target_name: '不动产登记',
  level: 'amber',
  worst_level: 'amber',
  value: 4,
  line: 3,
  sound: true,
  raised_at: AT,
  changed_at: AT,
  cleared_at: null,
  acknowledged_at: null,
  acknowledged_by: '',
  acknowledged_name: '',
  ...change,
})
const ids = (alarms: Alarm[]): string[] => alarms.map((alarm) => alarm.id)

describe('alarms', () => {
  it('stand with what nobody took on first, then the worst, then the newest', () => {
    const state = withAlarms(NO_ALARMS, [
      anAlarm('taken', { level: 'red', acknowledged_at: AT }),
      anAlarm('old'),
      anAlarm('new', { raised_at: '2026-11-22T09:00:00Z' }),
      anAlarm('red', { level: 'red' }),
      anAlarm('over', { cleared_at: AT }),
    ])
    expect(ids(runningAlarms(state))).toEqual(['red', 'new', 'old', 'taken'])
    expect(ids(pastAlarms(state))).toEqual(['over'])
  })

  it('sound until they are acknowledged or over', () => {
    const raised = withAlarms(NO_ALARMS, [anAlarm('a')])
    expect(mustSound(runningAlarms(raised))).toBe(true)
    expect(mustSound(runningAlarms(withAlarms(raised, [anAlarm('a', { acknowledged_at: AT })])))).toBe(false)
    expect(mustSound(runningAlarms(withAlarms(raised, [anAlarm('a', { cleared_at: AT })])))).toBe(false)
    expect(mustSound([anAlarm('b', { sound: false })])).toBe(false)
  })

  it('say how bad it is', () => {
    expect(worstLevel([])).toBe('')
    expect(worstLevel([anAlarm('a')])).toBe('amber')
    expect(worstLevel([anAlarm('a'), anAlarm('b', { level: 'red' })])).toBe('red')
  })

  it('keep the history short, however long the page is open', () => {
    const ended = Array.from({ length: 500 }, (_, n) =>
      anAlarm(`a${n}`, { cleared_at: AT, raised_at: new Date(n * 1000).toISOString() }),
    )
    const past = pastAlarms(withAlarms(NO_ALARMS, ended))
    expect([past.length, past[0]?.id]).toEqual([200, 'a499'])
  })
})

describe('rules', () => {
  const rule = (change: Partial<AlarmRule>): AlarmRule => ({
    name: '排队',
    scope: 'queue',
    metric: 'waiting',
    amber: 3,
    red: 8,
    sound: true,
    min_calls: 10,
    ...change,
  })
  it('need a name and a line, and red worse than amber', () => {
    expect(wrongRule(rule({}), METRICS)).toBe('')
    expect(wrongRule(rule({ name: ' ' }), METRICS)).toBe('name')
    expect(wrongRule(rule({ amber: null, red: null }), METRICS)).toBe('lines')
    expect(wrongRule(rule({ amber: 8, red: 3 }), METRICS)).toBe('order')
    expect(wrongRule(rule({ metric: 'queue_answer_rate', amber: 90, red: 80 }), METRICS)).toBe('')
    expect(wrongRule(rule({ metric: 'queue_answer_rate', amber: 80, red: 90 }), METRICS)).toBe('order')
    expect(wrongRule(rule({ amber: null }), METRICS)).toBe('')
  })
  it('are about something for every figure', () => {
    expect(watchable(METRICS).map((one) => one.key)).toEqual([
      'waiting',
      'longest_wait_s',
      'ready',
      'engine_down',
      'queue_answer_rate',
      'service_level',
    ])
    expect([scopesOf('engine_down'), scopesOf('service_level')]).toEqual([['site'], ['site', 'queue']])
  })
  it('show percent, times and counts as people read them', () => {
    expect(valueText(METRICS.get('queue_answer_rate'), 87.654)).toBe('87.7%')
    expect(valueText(METRICS.get('longest_wait_s'), 135)).toBe('2:15')
    expect(valueText(METRICS.get('waiting'), 5)).toBe('5')
    expect(alarmText({ metric: 'service_level', value: 61 }, METRICS)).toBe('服务水平 61%')
    expect(alarmText({ metric: 'gone', value: 3 }, METRICS)).toBe('gone 3')
  })
})
