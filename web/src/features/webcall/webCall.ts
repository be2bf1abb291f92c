// One citizen's call: credentials, telephone, and the phase the page shows.

import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue'

import { createBrowserPhone } from '@/shared/phone/browserPhone'
import { PHONE_OFF, reducePhone, type PhoneProblem } from '@/shared/phone/phoneState'

import { openWebCall } from './api'

export type WebCallPhase = 'idle' | 'calling' | 'connected' | 'ended' | 'failed'

const CONNECT_LIMIT_MS = 25_000

/** What went wrong, in a word of the catalogue. */
export function failureOf(sipStatus: number): 'busy' | 'unavailable' {
  return [486, 503, 600].includes(sipStatus) ? 'busy' : 'unavailable'
}

export function useWebCall(makePhone = createBrowserPhone) {
  const phoneState = shallowRef(PHONE_OFF)
  const phase = ref<WebCallPhase>('idle')
  const muted = ref(false)
  const startedAt = ref<string | null>(null)
  const failure = ref<string | null>(null)
  /** Why the microphone did not work; kept when the telephone is put away. */
  const microphone = ref<PhoneProblem | null>(null)
  const keys = ref('')
  let target = ''
  let limit: ReturnType<typeof setTimeout> | undefined
  const phone = makePhone((event) => {
    phoneState.value = reducePhone(phoneState.value, event)
  })

  function finish(next: 'ended' | 'failed', why: string | null = null): void {
    clearTimeout(limit)
    if (phase.value === 'idle') return
    phase.value = next
    failure.value = why
    phone.stop()
  }

  async function call(number: string): Promise<void> {
    if (phase.value === 'calling' || phase.value === 'connected') return
    phase.value = 'calling'
    failure.value = null
    microphone.value = null
    muted.value = false
    keys.value = ''
    phoneState.value = PHONE_OFF
    limit = setTimeout(() => finish('failed', 'unavailable'), CONNECT_LIMIT_MS)
    try {
      const session = await openWebCall(number)
      target = session.target
      // A guest places one call and never registers; “registered” here means the line to the switch is open.
      phone.start(session, { register: false })
    } catch {
      finish('failed', 'unavailable')
    }
  }

  const stopWatching = watch(phoneState, (now, before) => {
    if (now.problem?.startsWith('mic_')) {
      microphone.value = now.problem
      return finish('failed')
    }
    if (now.registration === 'registered' && before.registration !== 'registered' && now.audio === 'none') {
      if (phase.value === 'calling' && target) void phone.call(target)
    }
    if (now.audio === 'active' && before.audio !== 'active') {
      clearTimeout(limit)
      phase.value = 'connected'
      startedAt.value = new Date().toISOString()
    }
    if (now.audio === 'none' && before.audio !== 'none' && now.registration !== 'off') {
      if (phase.value === 'connected')
        finish(now.failedWith ? 'failed' : 'ended', now.failedWith ? 'lost' : null)
      else finish('failed', failureOf(now.failedWith))
    }
  })

  onBeforeUnmount(() => {
    stopWatching()
    clearTimeout(limit)
    phone.stop()
  })

  return {
    phase,
    muted,
    startedAt,
    failure,
    keys,
    problem: computed(() => microphone.value ?? phoneState.value.problem),
    call,
    hangUp() {
      phone.hangUp()
      finish('ended')
    },
    toggleMute() {
      muted.value = !muted.value
      phone.setMuted(muted.value)
    },
    press(digit: string) {
      keys.value += digit
      phone.sendDigit(digit)
    },
  }
}
