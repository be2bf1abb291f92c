// What the agent can do at the desk: each action once at a time, by the browser's telephone or by the server.

import { ref, watch, type ComputedRef, type ShallowRef } from 'vue'

import type { CallTarget, DeskCall, DeskSnapshot } from '@/shared/api/types'
import type { BrowserPhone } from '@/shared/phone/browserPhone'
import type { PhoneState } from '@/shared/phone/phoneState'
import { toastError, toastNote } from '@/shared/ui/feedback'
import { objection } from '@/shared/ui/objections'

import { deskApi } from './api'
import { leads } from './deskState'
import { askForNotifications } from './notification'
import type { CallAction, DeviceKind, ParticipantAction, PartyAction } from './types'

const RING_WAIT_MS = 2000

interface Hands {
  once(name: string, action: () => Promise<unknown>): Promise<boolean>
  call: ComputedRef<DeskCall | null>
  desk: ComputedRef<DeskSnapshot | null>
  device: ComputedRef<DeviceKind | null>
  phone: BrowserPhone
  phoneState: ShallowRef<PhoneState>
  registered(): Promise<void>
}

export function createActions({ once, call, desk, device, phone, phoneState, registered }: Hands) {
  const act = (action: CallAction) =>
    once(action, async () => {
      if (call.value) await deskApi.act(call.value.call_id, action)
    })

  /** The call this desk handed on last: when it rings here again, nobody answered there. */
  const handedOn = ref('')

  /** Does what ends the after-call work unless something must be saved first; then it says what. */
  async function unlessUnsaved(action: () => Promise<unknown>): Promise<void> {
    const why = desk.value?.agent.state === 'after_call' ? objection() : ''
    if (why) toastNote(why)
    else await action()
  }

  const ownWork = {
    signIn: (kind: DeviceKind) =>
      once('signIn', async () => {
        askForNotifications()
        if (kind === 'browser') await registered()
        await deskApi.signIn(kind)
      }),
    signOut: () =>
      unlessUnsaved(() =>
        once('signOut', async () => {
          await deskApi.signOut()
          phone.stop()
        }),
      ),
    setState: (target: 'ready' | 'busy' | 'rest', reason = '') =>
      unlessUnsaved(() => once('state', () => deskApi.setState(target, reason))),
    finishWrapUp: () => unlessUnsaved(() => once('finish', () => deskApi.finishWrapUp())),
  }

  const talk = {
    answer: () =>
      once('answer', async () => {
        // The browser picks up its own phone; a desk phone is picked up by hand and the server says so.
        if (device.value === 'browser' && (await ringsHere())) await phone.answer()
        else if (call.value) await deskApi.act(call.value.call_id, 'answer')
      }),
    /** Ends the call of the agent who leads it; a participant only leaves it. */
    hangUp: () =>
      act(desk.value && !leads(desk.value) && desk.value.agent.state !== 'ringing' ? 'leave' : 'hangup'),
    hold: () => act('hold'),
    retrieve: () => act('retrieve'),
    mute: () => act('mute'),
    unmute: () => act('unmute'),
    pauseRecording: () => act('record-pause'),
    resumeRecording: () => act('record-resume'),
    sendDigit: (digit: string) =>
      call.value ? deskApi.sendDigits(call.value.call_id, digit).catch(toastError) : undefined,
    dial: (to: string) => once('dial', () => deskApi.call(to)),
  }

  const parties = {
    complete: () => act('complete'),
    cancelConsult: () => act('cancel-consult'),
    joinAll: () => act('conference'),
    leave: () => act('leave'),
    toSurvey: () => act('survey'),
    announce: () => act('announce'),
    toLeader: () => once('transfer', () => bring('transfer', { kind: 'leader', value: '' })),
    /** Throws what the server refuses, for the dialog to show beside what was chosen. */
    bring,
    onParticipant: (action: ParticipantAction, legId: string) =>
      once(`${action}-${legId}`, async () => {
        if (call.value) await deskApi.onParticipant(call.value.call_id, action, legId)
      }),
    pickUpNext: () => once('pickUp', () => deskApi.pickUpNext()),
    pickUp: (callId: string) => once('pickUp', () => deskApi.pickUp(callId)),
  }

  /** The desk may hear of a call a moment before its telephone does. */
  function ringsHere(): Promise<boolean> {
    if (phoneState.value.audio !== 'none') return Promise.resolve(phoneState.value.audio === 'incoming')
    return new Promise((resolve) => {
      const done = (rings: boolean): void => {
        clearTimeout(timer)
        stop()
        resolve(rings)
      }
      const timer = setTimeout(() => done(false), RING_WAIT_MS)
      const stop = watch(phoneState, ({ audio }) => audio !== 'none' && done(audio === 'incoming'))
    })
  }

  async function bring(action: PartyAction, to: CallTarget): Promise<void> {
    const id = call.value?.call_id
    if (!id) return
    await deskApi.bring(id, action, to)
    if (action === 'transfer') handedOn.value = id
  }

  return { ...ownWork, ...talk, ...parties, handedOn }
}
