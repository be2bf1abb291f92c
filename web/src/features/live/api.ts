// The live view: one socket while the page is open.

import { useMutation } from '@tanstack/vue-query'
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from 'vue'

import { get, send } from '@/shared/api/client'
import type { LiveSnapshot } from '@/shared/api/types'
import { learnServerTime } from '@/shared/format/now'
import { openLiveSocket, socketUrl, type LiveSocket } from '@/shared/realtime/socket'
import { useSession } from '@/shared/session/session'
import { toastError } from '@/shared/ui/feedback'

import { liveEventOf, NOTHING_LIVE, reduceLive, type LiveEvent, type LiveState } from './liveState'

const EVENTS = '/api/v1/live/events'

export function useLive(): ShallowRef<LiveState> {
  const state = shallowRef(NOTHING_LIVE)
  const session = useSession()
  let socket: LiveSocket | null = null

  function apply(event: LiveEvent): void {
    state.value = reduceLive(state.value, event)
    if (state.value.gap) void begin()
  }

  /** Take a fresh snapshot and go on from its number. */
  async function begin(): Promise<void> {
    try {
      const snapshot = await get<LiveSnapshot>('/live')
      learnServerTime(snapshot.at)
      state.value = reduceLive(state.value, { type: 'snapshot', snapshot })
      if (socket) socket.restart()
      else socket = open()
    } catch (error) {
      toastError(error)
      socket ??= open()
    }
  }

  function open(): LiveSocket {
    return openLiveSocket({
      url: () => socketUrl(state.value.seq >= 0 ? `${EVENTS}?after=${state.value.seq}` : EVENTS),
      protocols: () => ['hotline', `bearer.${session.token ?? ''}`],
      onStatus: (status) => apply({ type: 'connection', status }),
      onMessage(message) {
        const event = liveEventOf(message as Record<string, unknown>)
        if (event) apply(event)
      },
    })
  }

  onMounted(() => void begin())
  onBeforeUnmount(() => socket?.close())
  return state
}

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
    }) => send('PUT', `/agents/${encodeURIComponent(agentId)}/state`, { state, reason }),
  })

export const useReleaseCall = () =>
  useMutation({
    mutationFn: (callId: string) => send('POST', `/calls/${encodeURIComponent(callId)}/actions/release`),
  })
