// The alarms' requests to the server.

import { api, unwrap } from '@/shared/api/client'

import type { Alarm, AlarmRule } from './types'

export const ALARM_EVENTS = '/api/v1/alarms/events'

export const fetchAlarms = (): Promise<Alarm[]> => unwrap(api.GET('/api/v1/alarms' as never)) as never
export const fetchRules = (): Promise<AlarmRule[]> =>
  unwrap(api.GET('/api/v1/alarms/rules' as never)) as never
export const saveRules = (rules: AlarmRule[]): Promise<AlarmRule[]> =>
  unwrap(api.PUT('/api/v1/alarms/rules' as never, { body: rules } as never)) as never
export const acknowledgeAlarm = (id: string): Promise<Alarm> =>
  unwrap(
    api.POST(
      '/api/v1/alarms/{alarm_id}/acknowledge' as never,
      { params: { path: { alarm_id: id } } } as never,
    ),
  ) as never
