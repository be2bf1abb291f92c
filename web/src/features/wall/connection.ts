// Keeps a board on the wall alive without anybody: says when the line is down, holds the session, loads itself anew after an upgrade.

import { computed, onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'

import { useSession } from '@/shared/session/session'
import type { SocketStatus } from '@/shared/realtime/socket'

import { keepSession, serverVersion } from './api'

/** A line that comes back so soon is not worth a word. */
const SAY_AFTER_MS = 2_000
const KEEP_EVERY_MS = 10 * 60_000

export type WallTrouble = '' | 'line' | 'session'

export function useWallConnection(connection: Ref<SocketStatus>) {
  const session = useSession()
  const refused = ref(false)
  const down = ref(false)
  /** When the figures on the wall were last known to be true. */
  const stoppedAt = ref('')
  let version = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  let keeper: ReturnType<typeof setInterval> | undefined

  const trouble = computed<WallTrouble>(() => {
    if (refused.value || !session.token) return 'session'
    return down.value ? 'line' : ''
  })

  async function lookAtVersion(): Promise<void> {
    const now = await serverVersion().catch(() => '')
    if (version && now && now !== version) location.reload()
    version = now || version
  }

  function onStatus(status: SocketStatus): void {
    clearTimeout(timer)
    if (status === 'open') {
      down.value = false
      stoppedAt.value = ''
      void lookAtVersion()
      return
    }
    stoppedAt.value ||= new Date().toISOString()
    timer = setTimeout(() => (down.value = true), SAY_AFTER_MS)
  }

  const stop = watch(connection, onStatus)
  onMounted(() => {
    keeper = setInterval(() => void keepSession().catch(() => undefined), KEEP_EVERY_MS)
  })
  onBeforeUnmount(() => {
    stop()
    clearTimeout(timer)
    clearInterval(keeper)
  })

  return {
    trouble,
    stoppedAt,
    onRefused: () => {
      refused.value = true
    },
  }
}
