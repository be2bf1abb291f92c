// The alarms' requests to the server.

import { api, unwrap } from '@/shared/api/client'

import type { Alarm, AlarmRule } from './types'

export const ALARM_EVENTS = '/api/v1/alarms/events'

/** All that run, and the last that have ended. */
export async function fetchAlarms(): Promise<Alarm[]> {
  const { running, history } = await unwrap(api.GET('/api/v1/alarms'))
  return [...running, ...history]
}

export async function fetchRules(): Promise<AlarmRule[]> {
  return (await unwrap(api.GET('/api/v1/alarms/rules'))).items
}

export const saveRules = (items: AlarmRule[]) => unwrap(api.PUT('/api/v1/alarms/rules', { body: { items } }))

export const acknowledgeAlarm = (id: string) =>
  unwrap(api.POST('/api/v1/alarms/{alarm_id}/acknowledge', { params: { path: { alarm_id: id } } }))
