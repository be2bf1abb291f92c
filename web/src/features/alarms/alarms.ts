// Alarms for a page: follows them while it is open, sounds until they are acknowledged, keeps the rules at hand.

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue'

import { openLiveSocket, socketUrl, type LiveSocket } from '@/shared/realtime/socket'
import { useSession } from '@/shared/session/session'
import { toastError } from '@/shared/ui/feedback'

import { acknowledgeAlarm, ALARM_EVENTS, fetchAlarms, fetchRules } from './api'
import { mustSound, NO_ALARMS, pastAlarms, runningAlarms, withAlarms, worstLevel } from './alarmState'
import { createAlarmSound } from './sound'
import type { Alarm, AlarmMessage } from './types'

const SILENT_KEY = 'hotline.alarms.silent'
export const RULES_KEY = ['alarm-rules']

export interface AlarmOptions {
  /** Wall boards show alarms but are never heard. */
  silent?: boolean
}

export function useAlarms({ silent = false }: AlarmOptions = {}) {
  const session = useSession()
  const queries = useQueryClient()
  const state = shallowRef(NO_ALARMS)
  const muted = ref(silent || localStorage.getItem(SILENT_KEY) === '1')
  const acknowledging = ref('')
  const sound = createAlarmSound()
  const rules = useQuery({ queryKey: RULES_KEY, queryFn: fetchRules })
  let socket: LiveSocket | null = null

  const running = computed(() => runningAlarms(state.value))
  const past = computed(() => pastAlarms(state.value))
  const worst = computed(() => worstLevel(running.value))
  const sounding = computed(() => !muted.value && mustSound(running.value))

  function learn(alarms: readonly Alarm[]): void {
    state.value = withAlarms(state.value, alarms)
  }

  function onMessage(message: AlarmMessage): void {
    learn(message.type === 'snapshot' ? message.running : [message.alarm])
  }

  async function acknowledge(alarm: Alarm): Promise<void> {
    if (acknowledging.value) return
    acknowledging.value = alarm.id
    try {
      learn([await acknowledgeAlarm(alarm.id)])
    } catch (error) {
      toastError(error)
    } finally {
      acknowledging.value = ''
    }
  }

  function mute(quiet: boolean): void {
    muted.value = quiet
    localStorage.setItem(SILENT_KEY, quiet ? '1' : '0')
  }

  const stop = watch([sounding, worst], ([loud, level]) =>
    loud ? sound.start(level === 'red') : sound.stop(),
  )

  onMounted(() => {
    socket = openLiveSocket({
      url: () => socketUrl(ALARM_EVENTS),
      protocols: () => ['hotline', `bearer.${session.token ?? ''}`],
      onMessage: (message) => onMessage(message as AlarmMessage),
      onStatus(status) {
        // What was missed while away is asked for; the rules may have changed too.
        if (status !== 'open') return
        void fetchAlarms().then(learn, toastError)
        void queries.invalidateQueries({ queryKey: RULES_KEY })
      },
    })
  })
  onBeforeUnmount(() => {
    stop()
    socket?.close()
    sound.stop()
  })

  return {
    rules: computed(() => rules.data.value ?? []),
    /** Whether the rules are known: an empty list that was never read must not be saved. */
    rulesKnown: computed(() => rules.data.value !== undefined),
    running,
    past,
    worst,
    muted,
    mute,
    acknowledging,
    acknowledge,
  }
}

export type Alarms = ReturnType<typeof useAlarms>
