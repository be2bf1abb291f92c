// The control room's requests to the server.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, unwrap } from '@/shared/api/client'

import type { CallVerb, StateVerb } from './verbs'

const CURVE_EVERY_MS = 60_000

export function actOnCall(callId: string, verb: CallVerb | 'leave'): Promise<unknown> {
  const params = { path: { call_id: callId } }
  switch (verb) {
    case 'monitor':
      return unwrap(api.POST('/api/v1/calls/{call_id}/actions/monitor', { params }))
    case 'whisper':
      return unwrap(api.POST('/api/v1/calls/{call_id}/actions/whisper', { params }))
    case 'barge':
      return unwrap(api.POST('/api/v1/calls/{call_id}/actions/barge', { params }))
    case 'intercept':
      return unwrap(api.POST('/api/v1/calls/{call_id}/actions/intercept', { params }))
    case 'release':
      return unwrap(api.POST('/api/v1/calls/{call_id}/actions/release', { params }))
    case 'pickup':
      return unwrap(api.POST('/api/v1/calls/{call_id}/actions/pickup', { params }))
    case 'leave':
      return unwrap(api.POST('/api/v1/calls/{call_id}/actions/leave', { params }))
  }
}

export const dropParty = (callId: string, legId: string): Promise<unknown> =>
  unwrap(
    api.POST('/api/v1/calls/{call_id}/actions/drop', {
      params: { path: { call_id: callId } },
      body: { leg_id: legId },
    }),
  )

export const forceState = (agentId: string, state: StateVerb, reason: string): Promise<unknown> =>
  unwrap(
    api.PUT('/api/v1/agents/{agent_id}/state', {
      params: { path: { agent_id: agentId } },
      body: { state, reason },
    }),
  )

export const fetchPhone = () => unwrap(api.GET('/api/v1/agents/me/phone'))

/** Calls of each hour, today and yesterday; of these queues, or of all. Asked again every minute. */
export const useCurve = (queueIds: Ref<readonly string[]>) =>
  useQuery({
    queryKey: computed(() => ['live-curve', ...queueIds.value]),
    queryFn: () =>
      unwrap(api.GET('/api/v1/live/curve', { params: { query: { queue: [...queueIds.value] } } })),
    refetchInterval: CURVE_EVERY_MS,
    refetchIntervalInBackground: true,
    placeholderData: (before) => before,
  })
