// The live view: one socket while the page is open; changes are folded in once a frame, however many come.

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

const EVENTS = '/api/v1/live/events?burst=true'
/** People see no difference; a busy floor of hundreds is drawn ten times a second at most. */
const NOT_SOONER_MS = 100
/** A page that is not looked at gets no frames; it must keep up all the same. */
const AT_LEAST_EVERY_MS = 500

export interface LiveOptions {
  /** A wall board's view: no calls, no numbers. */
  wall?: boolean
  /** The server will not have us any more; without this the page leads to the log-in. */
  onRefused?(): void
}

export function useLive({ wall = false, onRefused }: LiveOptions = {}): ShallowRef<LiveState> {
  const state = shallowRef(NOTHING_LIVE)
  const session = useSession()
  let socket: LiveSocket | null = null
  let waiting: LiveEvent[] = []
  let frame = 0
  let pause: ReturnType<typeof setTimeout> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let folded = -NOT_SOONER_MS

  function rest(): void {
    cancelAnimationFrame(frame)
    clearTimeout(pause)
    clearTimeout(timer)
    timer = undefined
  }

  function fold(): void {
    rest()
    folded = performance.now()
    const events = waiting
    waiting = []
    let missed = false
    for (const event of events) {
      const { gap } = state.value
      state.value = reduceLive(state.value, event)
      missed ||= event.type === 'changes' && state.value.gap && !gap
      if (event.type === 'snapshot') learnServerTime(event.snapshot.at)
    }
    // Once for each gap: without `after` the server begins with a snapshot.
    if (missed) socket?.restart()
  }

  function receive(event: LiveEvent): void {
    waiting.push(event)
    if (timer !== undefined) return
    timer = setTimeout(fold, AT_LEAST_EVERY_MS)
    pause = setTimeout(
      () => (frame = requestAnimationFrame(fold)),
      folded + NOT_SOONER_MS - performance.now(),
    )
  }

  function now(event: LiveEvent): void {
    waiting.push(event)
    fold()
  }

  function url(): string {
    const { seq, gap } = state.value
    const from = seq >= 0 && !gap ? `&after=${seq}` : ''
    return socketUrl(`${EVENTS}${wall ? '&wall=true' : ''}${from}`)
  }

  onMounted(() => {
    socket = openLiveSocket({
      url,
      protocols: () => ['hotline', `bearer.${session.token ?? ''}`],
      onStatus: (status) => now({ type: 'connection', status }),
      onBeginAgain: () => now({ type: 'begin_again' }),
      onRefused: onRefused ?? (() => void unwrap(api.GET('/api/v1/session')).catch(toastError)),
      onMessage(message) {
        const event = liveEventOf(message as LiveMessage)
        if (event) receive(event)
      },
    })
  })
  onBeforeUnmount(() => {
    socket?.close()
    rest()
  })
  return state
}
