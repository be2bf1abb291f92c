// The form of a person.

import type { UserRead } from '@/shared/api/types'
import { translate } from '@/shared/i18n'
import type { Problems } from '@/shared/ui/formDrawer'

import type { AgentForm, UserForm } from './api'

export const blankAgent = (): AgentForm => ({
  number: '',
  may_call_out: true,
  call_class: 2,
  mobile: '',
  leader: null,
  default_hotline_id: null,
  queues: [],
})

export const blankUser = (): UserForm => ({
  username: '',
  name: '',
  role: 'agent',
  authority_id: null,
  agent: blankAgent(),
})

export function userForm(user: UserRead): UserForm {
  const { username, name, role, authority_id, agent } = user
  const queues = (agent?.queues ?? []).map(({ queue_id, level, order }) => ({
    queue_id,
    level: level ?? 1,
    order: order ?? 0,
  }))
  return { username, name, role, authority_id, agent: agent ? { ...blankAgent(), ...agent, queues } : null }
}

export function checkUser(form: UserForm, isNew: boolean): Problems {
  const problems: Problems = {}
  if (isNew && !/^[A-Za-z0-9][A-Za-z0-9._-]{1,31}$/.test(form.username.trim()))
    problems.username = translate('users.badUsername')
  if (!form.name.trim()) problems.name = translate('form.required', { what: translate('users.name') })
  if (!form.role) problems.role = translate('form.choose', { what: translate('users.role') })
  if (form.agent && !/^\d{2,16}$/.test(form.agent.number))
    problems['agent.number'] = translate('form.digits', { min: 2, max: 16 })
  // A number the reader may not see comes masked, and is sent back as it came.
  if (form.agent?.mobile && !/^\+?[\d*]{5,20}$/.test(form.agent.mobile))
    problems['agent.mobile'] = translate('form.digits', { min: 5, max: 20 })
  return problems
}

/** What an agent may dial, from colleagues only to the whole world. */
export const CALL_CLASSES = [0, 1, 2, 3] as const

export type UserState = 'active' | 'inactive' | 'locked'

export function stateOf(user: UserRead, nowMs: number): UserState {
  if (!user.active) return 'inactive'
  return user.locked_until && Date.parse(user.locked_until) > nowMs ? 'locked' : 'active'
}
