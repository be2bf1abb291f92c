// The telephone with which a leader listens: the desk's, where there is one, else one of this page. Kept registered while the
// page is used, so that listening begins at once; nobody needs to sign in for it.

import { onBeforeUnmount, onMounted, shallowRef, watch, type Ref } from 'vue'

import { useDesk } from '@/features/desk/desk'
import { ApiError } from '@/shared/api/client'
import { createBrowserPhone } from '@/shared/phone/browserPhone'
import { PHONE_OFF, reducePhone, type PhoneState } from '@/shared/phone/phoneState'
import { useSession } from '@/shared/session/session'

import { fetchPhone } from './api'

const REGISTER_WAIT_MS = 10_000

export interface LeaderPhone {
  state: Readonly<Ref<PhoneState>>
  /** False for people without a work number: nobody could ring them. */
  possible: boolean
  /** Resolves when the telephone can be rung. Throws ApiError no_device when it is not in time. */
  ready(): Promise<void>
}

function ownPhone(): Omit<LeaderPhone, 'possible'> {
  const state = shallowRef(PHONE_OFF)
  const phone = createBrowserPhone((event) => {
    state.value = reducePhone(state.value, event)
  })
  onBeforeUnmount(() => phone.stop())

  async function ready(): Promise<void> {
    const { registration } = state.value
    if (registration === 'off' || registration === 'failed') phone.start(await fetchPhone())
    if (state.value.registration === 'registered') return
    await new Promise<void>((resolve, reject) => {
      const done = (good: boolean): void => {
        clearTimeout(timer)
        stop()
        if (good) resolve()
        else reject(new ApiError(409, 'no_device', ''))
      }
      const timer = setTimeout(() => done(false), REGISTER_WAIT_MS)
      const stop = watch(state, (now) => {
        if (now.registration === 'registered') done(true)
        else if (now.registration === 'failed') done(false)
      })
    })
  }
  return { state, ready }
}

export function useLeaderPhone(): LeaderPhone {
  const session = useSession()
  const desk = useDesk()
  const possible = session.may('calls.monitor') && Boolean(session.user?.agent)
  const { state, ready } = desk ? { state: desk.phoneState, ready: desk.registered } : ownPhone()
  // Not being able to listen yet is said when it is asked for, not when the page opens.
  onMounted(() => possible && void ready().catch(() => undefined))
  return { state, ready, possible }
}
