// Alarms that run and that were, folded from what the server sends. Pure.

import type { Alarm, Level } from './types'

export interface AlarmState {
  all: ReadonlyMap<string, Alarm>
}

export const NO_ALARMS: AlarmState = { all: new Map() }

/** What has ended is kept for so many lines of history. */
const KEPT = 200

const isRunning = (alarm: Alarm): boolean => alarm.cleared_at === null

export function withAlarms(state: AlarmState, alarms: readonly Alarm[]): AlarmState {
  if (alarms.length === 0) return state
  const all = new Map(state.all)
  for (const alarm of alarms) all.set(alarm.id, alarm)
  const over = [...all.values()].filter((alarm) => !isRunning(alarm)).sort(newestFirst)
  for (const alarm of over.slice(KEPT)) all.delete(alarm.id)
  return { all }
}

const newestFirst = (one: Alarm, other: Alarm): number => other.raised_at.localeCompare(one.raised_at)
const weight = (level: Level): number => (level === 'red' ? 1 : 0)

/** Running ones: not yet acknowledged first, then red before amber, then the newest. */
export function runningAlarms(state: AlarmState): Alarm[] {
  return [...state.all.values()]
    .filter(isRunning)
    .sort(
      (one, other) =>
        Number(one.acknowledged_at !== null) - Number(other.acknowledged_at !== null) ||
        weight(other.level) - weight(one.level) ||
        newestFirst(one, other),
    )
}

export function pastAlarms(state: AlarmState): Alarm[] {
  return [...state.all.values()].filter((alarm) => !isRunning(alarm)).sort(newestFirst)
}

export function worstLevel(alarms: readonly Alarm[]): Level | '' {
  if (alarms.some((alarm) => alarm.level === 'red')) return 'red'
  return alarms.length > 0 ? 'amber' : ''
}

/** True while something must be heard: a running alarm with sound that nobody has acknowledged. */
export const mustSound = (alarms: readonly Alarm[]): boolean =>
  alarms.some((alarm) => alarm.sound && alarm.acknowledged_at === null)
