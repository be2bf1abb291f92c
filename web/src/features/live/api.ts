// The live view: one socket while the page is open.

import { useMutation } from '@tanstack/vue-query'
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from 'vue'

import { api, unwrap } from '@/shared/api/client'
import { learnServerTime } from '@/shared/format/now'
import { openLiveSocket, socketUrl, type LiveSocket } from '@/shared/realtime/socket'
import { useSession } from '@/shared/session/session'
import { toastError } from '@/shared/ui/feedback'

import {
  liveEventOf,
  NOTHING_LIVE,
  reduceLive,
  type LiveEvent,
  type LiveMessage,
  type LiveState,
} from './liveState'

const EVENTS = '/api/v1/live/events'

export function useLive(): ShallowRef<LiveState> {
  const state = shallowRef(NOTHING_LIVE)
  const session = useSession()
  let socket: LiveSocket | null = null

  function apply(event: LiveEvent): void {
    state.value = reduceLive(state.value, event)
    if (event.type === 'snapshot') learnServerTime(event.snapshot.at)
    // Without `after` the server begins with a snapshot.
    if (state.value.gap) socket?.restart()
  }

  onMounted(() => {
    socket = openLiveSocket({
      url: () =>
        socketUrl(state.value.seq >= 0 && !state.value.gap ? `${EVENTS}?after=${state.value.seq}` : EVENTS),
      protocols: () => ['hotline', `bearer.${session.token ?? ''}`],
      onStatus: (status) => apply({ type: 'connection', status }),
      onBeginAgain: () => apply({ type: 'begin_again' }),
      onRefused: () => void unwrap(api.GET('/api/v1/session')).catch(toastError),
      onMessage(message) {
        const event = liveEventOf(message as LiveMessage)
        if (event) apply(event)
      },
    })
  })
  onBeforeUnmount(() => socket?.close())
  return state
}

/** End a call by force (强拆); the server keeps who did it. */
export const useReleaseCall = () =>
  useMutation({
    mutationFn: (callId: string) =>
      unwrap(api.POST('/api/v1/calls/{call_id}/actions/release', { params: { path: { call_id: callId } } })),
  })

export const useForceState = () =>
  useMutation({
    mutationFn: ({
      agentId,
      state,
      reason,
    }: {
      agentId: string
      state: 'ready' | 'busy' | 'offline'
      reason: string
    }) =>
      unwrap(
        api.PUT('/api/v1/agents/{agent_id}/state', {
          params: { path: { agent_id: agentId } },
          body: { state, reason },
        }),
      ),
  })
