// The desk's requests to the server.

import { get, send } from '@/shared/api/client'
import type { PhoneCredentials } from '@/shared/phone/browserPhone'

import type { CallAction, DeskSnapshot, DeviceKind } from './types'

export const deskApi = {
  me: () => get<DeskSnapshot>('/agents/me'),
  phone: () => get<PhoneCredentials>('/agents/me/phone'),
  signIn: (device: DeviceKind) => send('POST', '/agents/me/sign-in', { device }),
  signOut: () => send('POST', '/agents/me/sign-out'),
  setState: (state: 'ready' | 'busy' | 'rest', reason = '') =>
    send('PUT', '/agents/me/state', { state, reason }),
  call: (to: string) => send('POST', '/agents/me/calls', { to }),
  reattach: () => send('POST', '/agents/me/reattach'),
  finishWrapUp: () => send('POST', '/agents/me/wrap-up/finish'),
  act: (callId: string, action: CallAction, body?: unknown) =>
    send('POST', `/calls/${encodeURIComponent(callId)}/actions/${action}`, body),
}

export const DESK_EVENTS = '/api/v1/agents/me/events'
