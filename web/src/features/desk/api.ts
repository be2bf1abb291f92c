// The desk's requests to the server.

import { api, unwrap } from '@/shared/api/client'

import type { CallAction, DeviceKind } from './types'

export const deskApi = {
  me: () => unwrap(api.GET('/api/v1/agents/me')),
  phone: () => unwrap(api.GET('/api/v1/agents/me/phone')),
  signIn: (device: DeviceKind) => unwrap(api.POST('/api/v1/agents/me/sign-in', { body: { device } })),
  signOut: () => unwrap(api.POST('/api/v1/agents/me/sign-out')),
  setState: (state: 'ready' | 'busy' | 'rest', reason = '') =>
    unwrap(api.PUT('/api/v1/agents/me/state', { body: { state, reason } })),
  call: (to: string) => unwrap(api.POST('/api/v1/agents/me/calls', { body: { to } })),
  reattach: () => unwrap(api.POST('/api/v1/agents/me/reattach')),
  finishWrapUp: () => unwrap(api.POST('/api/v1/agents/me/wrap-up/finish')),
  sendDigits: (callId: string, digits: string) =>
    unwrap(
      api.POST('/api/v1/calls/{call_id}/actions/dtmf', {
        params: { path: { call_id: callId } },
        body: { digits },
      }),
    ),
  act: (callId: string, action: CallAction) =>
    unwrap(
      api.POST('/api/v1/calls/{call_id}/actions/{action}', { params: { path: { call_id: callId, action } } }),
    ),
}

export const DESK_EVENTS = '/api/v1/agents/me/events'
