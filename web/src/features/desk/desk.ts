// The desk of this window: joins the server's state (WebSocket) with the browser's telephone. Lives above the pages, so
// that a call goes on while the agent looks something up elsewhere.

import { computed, inject, type InjectionKey, ref, shallowRef, watch } from 'vue'

import { createBrowserPhone, type BrowserPhone } from '@/shared/phone/browserPhone'
import { PHONE_OFF, reducePhone, type PhoneEvent } from '@/shared/phone/phoneState'
import { createRinger } from '@/shared/phone/tones'
import { openLiveSocket, socketUrl, type LiveSocket } from '@/shared/realtime/socket'
import type { DeskMessage } from '@/shared/api/types'
import { learnServerTime } from '@/shared/format/now'
import { ApiError } from '@/shared/api/client'
import { translate } from '@/shared/i18n'
import { toastError, toastNote } from '@/shared/ui/feedback'

import { DESK_EVENTS, deskApi } from './api'
import { createActions } from './deskActions'
import {
  consultOutcome,
  isRinging,
  mutedHere,
  needsReattach,
  NO_DESK,
  possibleCommands,
  reduceDesk,
  signedInWith,
  type DeskEvent,
} from './deskState'
import { announceCall } from './notification'
import { joinDeskWindows, type DeskPlace } from './onlyWindow'

const REATTACH_PAUSE_MS = 1500 // the switch may already be calling us back by itself
const REGISTER_WAIT_MS = 10_000

export interface DeskOptions {
  /** Whose desk this is, by user name. */
  owner: string
  token(): string | null
  makePhone?(emit: (event: PhoneEvent) => void): BrowserPhone
}

export type Desk = ReturnType<typeof createDesk>
const KEY: InjectionKey<Desk | null> = Symbol('desk')
export { KEY as DESK_KEY }

export function createDesk(options: DeskOptions) {
  const state = shallowRef(NO_DESK)
  const phoneState = shallowRef(PHONE_OFF)
  const pending = ref(new Set<string>())
  /** True when a later window of this agent has the desk: this one only looks on. */
  const displaced = ref(false)
  const ringer = createRinger()
  const phone = (options.makePhone ?? createBrowserPhone)((event) => {
    phoneState.value = reducePhone(phoneState.value, event)
  })
  let socket: LiveSocket | null = null
  let place: DeskPlace | null = null
  let reattachTimer: ReturnType<typeof setTimeout> | undefined

  const desk = computed(() => state.value.desk)
  const call = computed(() => desk.value?.call ?? null)
  const can = computed(() => possibleCommands(displaced.value ? null : desk.value))
  const device = computed(() => signedInWith(desk.value))

  const apply = (event: DeskEvent): void => {
    state.value = reduceDesk(state.value, event)
  }

  /** Run an action once at a time by name: a second click while it runs does nothing. */
  async function once(name: string, action: () => Promise<unknown>): Promise<boolean> {
    if (pending.value.has(name)) return false
    pending.value = new Set(pending.value).add(name)
    try {
      await action()
      return true
    } catch (error) {
      toastError(error)
      return false
    } finally {
      const rest = new Set(pending.value)
      rest.delete(name)
      pending.value = rest
    }
  }

  function receive(message: DeskMessage): void {
    learnServerTime(message.desk.server_time)
    const before = desk.value
    apply({ type: 'message', message })
    // What this desk did itself needs no telling.
    const own = ['cancel-consult', 'complete', 'conference'].some((name) => pending.value.has(name))
    const outcome = own ? null : consultOutcome(before, desk.value)
    if (outcome) toastNote(translate(`desk.consult.${outcome.how}`, { who: outcome.who }))
  }

  function onDisplaced(): void {
    displaced.value = true
    clearTimeout(reattachTimer)
    phone.drop()
  }

  function takeOver(): void {
    displaced.value = false
    place?.take()
    if (device.value === 'browser') void startPhone().catch(toastError)
  }

  function open(): void {
    place = joinDeskWindows(options.owner, onDisplaced)
    place.take()
    void deskApi.me().then((fetched) => apply({ type: 'fetched', desk: fetched }), toastError)
    socket = openLiveSocket({
      url: () => socketUrl(DESK_EVENTS),
      protocols: () => ['hotline', `bearer.${options.token() ?? ''}`],
      onMessage: (message) => receive(message as DeskMessage),
      // Ask once over HTTP: a session that has ended leads to the log-in page from there.
      onRefused: () => void deskApi.me().catch(toastError),
      onStatus: (status) => apply({ type: 'connection', status }),
    })
  }

  function close(): void {
    socket?.close()
    clearTimeout(reattachTimer)
    stopWatching.forEach((stop) => stop())
    ringer.stop()
    place?.close()
    // A session that ends in the middle of a talk is not the end of the talk: it is taken up after the next log-in.
    if (phoneState.value.audio === 'active') phone.drop()
    else phone.stop()
  }

  async function startPhone(): Promise<void> {
    if (displaced.value) return
    if (phoneState.value.registration === 'off' || phoneState.value.registration === 'failed') {
      phone.start(await deskApi.phone())
    }
  }

  /** Resolves when the telephone is registered. Throws ApiError no_device when it is not in time. */
  async function registered(): Promise<void> {
    await startPhone()
    if (phoneState.value.registration === 'registered') return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => done(false), REGISTER_WAIT_MS)
      const stop = watch(phoneState, ({ registration }) => {
        if (registration === 'registered') done(true)
        else if (registration === 'failed') done(false)
      })
      const done = (good: boolean): void => {
        clearTimeout(timer)
        stop()
        if (good) resolve()
        else reject(new ApiError(409, 'no_device', ''))
      }
    })
  }

  const actions = createActions({ once, call, desk, device, phone, phoneState, registered })
  const dismissProblem = (): void => {
    phoneState.value = reducePhone(phoneState.value, { type: 'problem_seen' })
  }

  const stopWatching = [
    // Signed in with the browser on another page load: the telephone starts again by itself.
    watch(device, (kind) => kind === 'browser' && void startPhone().catch(toastError)),
    watch(
      () => isRinging(desk.value) && !displaced.value,
      (ringing) => {
        if (!ringing) return ringer.stop()
        ringer.start()
        if (call.value) announceCall(call.value)
      },
    ),
    watch(
      () => needsReattach(desk.value, phoneState.value),
      (needed) => {
        clearTimeout(reattachTimer)
        if (needed)
          reattachTimer = setTimeout(() => void once('reattach', deskApi.reattach), REATTACH_PAUSE_MS)
      },
    ),
    // The switch keeps the mute; the browser's microphone follows it, also after a reload.
    watch(
      [() => desk.value !== null && mutedHere(desk.value), () => phoneState.value.audio],
      ([muted, audio]) => {
        if (audio === 'active') phone.setMuted(muted)
      },
    ),
  ]

  const parts = { state, desk, call, can, device, displaced, phone, phoneState, pending, once }
  return { ...parts, open, close, takeOver, registered, dismissProblem, ...actions }
}

/** The desk of this window; null for people who have none (their role does not take calls). */
export function useDesk(): Desk | null {
  return inject(KEY, null)
}
