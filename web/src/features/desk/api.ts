// The desk's requests to the server.

import { api, unwrap } from '@/shared/api/client'
import type { CallTarget, PhoneSettings } from '@/shared/api/types'

import type { CallAction, DeviceKind, ParticipantAction, PartyAction } from './types'

const one = (callId: string) => ({ path: { call_id: callId } })

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
    unwrap(api.POST('/api/v1/calls/{call_id}/actions/dtmf', { params: one(callId), body: { digits } })),
  act(callId: string, action: CallAction) {
    switch (action) {
      case 'conference':
        return unwrap(api.POST('/api/v1/calls/{call_id}/actions/conference', { params: one(callId) }))
      case 'leave':
        return unwrap(api.POST('/api/v1/calls/{call_id}/actions/leave', { params: one(callId) }))
      default: {
        const params = { path: { call_id: callId, action } }
        return unwrap(api.POST('/api/v1/calls/{call_id}/actions/{action}', { params }))
      }
    }
  },
  bring: (callId: string, action: PartyAction, to: CallTarget) =>
    unwrap(api.POST(`/api/v1/calls/{call_id}/actions/${action}`, { params: one(callId), body: { to } })),
  onParticipant: (callId: string, action: ParticipantAction, legId: string) =>
    unwrap(
      api.POST(`/api/v1/calls/{call_id}/actions/${action}`, {
        params: one(callId),
        body: { leg_id: legId },
      }),
    ),
  targets: (q: string) => unwrap(api.GET('/api/v1/agents/me/targets', { params: { query: { q } } })),
  pickable: () => unwrap(api.GET('/api/v1/agents/me/pickable')),
  pickUpNext: () => unwrap(api.POST('/api/v1/agents/me/pickup')),
  pickUp: (callId: string) =>
    unwrap(api.POST('/api/v1/calls/{call_id}/actions/pickup', { params: one(callId) })),
  phoneSettings: () => unwrap(api.GET('/api/v1/agents/me/phone-settings')),
  savePhoneSettings: (forwarding: PhoneSettings['forwarding']) =>
    unwrap(api.PUT('/api/v1/agents/me/phone-settings', { body: { forwarding } })),
}

export const DESK_EVENTS = '/api/v1/agents/me/events'
