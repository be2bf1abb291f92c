// One ticking clock for the whole window, so that a hundred timers cost one interval and change together.

import { onScopeDispose, ref, type Ref } from 'vue'

const now = ref(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** Difference between the server's clock and this machine's, in ms; timers count in the server's time. */
const offset = ref(0)

/** Learn the server's clock from a message that carries its time. */
export function learnServerTime(iso: string): void {
  const difference = Date.parse(iso) - Date.now()
  // Network delay is no clock error: small differences are left alone.
  offset.value = Math.abs(difference) < 1500 ? 0 : difference
  now.value = Date.now() + offset.value
}

/** The server's time in epoch ms, ticking every half second while someone looks. */
export function useNow(): Ref<number> {
  if (users++ === 0) {
    now.value = Date.now() + offset.value
    timer = setInterval(() => (now.value = Date.now() + offset.value), 500)
  }
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer)
  })
  return now
}
