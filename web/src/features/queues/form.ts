// The form of a queue: what a new one looks like, and what must hold.

import type { QueueRead } from '@/shared/api/types'
import { translate } from '@/shared/i18n'
import { checkSurvey } from '@/shared/survey/survey'
import type { Problems } from '@/shared/ui/formDrawer'

import type { QueueForm } from './api'

export const STRATEGIES = ['longest_idle', 'fewest_calls', 'round_robin', 'skill_level', 'linear'] as const
export const OVERFLOWS = ['nowhere', 'queue', 'duty', 'voicemail'] as const
/** Keys a waiting caller can press; "" offers nothing. */
export const WAITING_KEYS = ['', '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'] as const

export const blankQueue = (): QueueForm => ({
  name: '',
  number: '',
  strategy: 'longest_idle',
  ring_timeout_s: 20,
  wrap_up_s: 30,
  max_wait_s: 0,
  max_length: 0,
  no_agent_overflow: false,
  overflow_to: 'nowhere',
  overflow_queue_id: null,
  overflow_number: '',
  music: 'music',
  message: 'queue_waiting',
  message_every_s: 30,
  announce_position: true,
  announce_wait: false,
  announce_agent: false,
  callback_key: '',
  callback_prompt: 'queue_callback_offer',
  voicemail_key: '',
  last_agent_wait_s: 0,
  widen_after_s: 0,
  priority_per_minute: 0,
  base_priority: 0,
  missed_limit: 3,
  missed_pause_s: 5,
  survey: true,
  own_survey: null,
  further_music: [],
  further_messages: [],
  members: [],
})

export function queueForm(queue: QueueRead): QueueForm {
  const blank = blankQueue()
  const filled = Object.fromEntries(
    Object.keys(blank).map((key) => [key, queue[key as keyof QueueForm] ?? null]),
  ) as unknown as QueueForm
  return {
    ...filled,
    members: queue.members.map(({ agent_id, level, order }) => ({ agent_id, level, order })),
  }
}

export function checkQueue(form: QueueForm): Problems {
  const problems: Problems = {}
  const survey = checkSurvey(form.own_survey)
  if (survey) problems.own_survey = survey
  if (!form.name.trim()) problems.name = translate('form.required', { what: translate('queues.name') })
  if (!/^\d{2,16}$/.test(form.number)) problems.number = translate('form.digits', { min: 2, max: 16 })
  if (form.overflow_to === 'queue' && !form.overflow_queue_id) {
    problems.overflow_queue_id = translate('form.choose', { what: translate('queues.overflowQueue') })
  }
  if (form.overflow_number && !/^\+?\d{2,20}$/.test(form.overflow_number))
    problems.overflow_number = translate('form.digits', { min: 2, max: 20 })
  if (form.callback_key && form.callback_key === form.voicemail_key)
    problems.voicemail_key = translate('queues.keysDiffer')
  return problems
}
