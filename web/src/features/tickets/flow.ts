// What steps ask for, and how they are shown. Which are possible says the server (`actions` of a ticket).

import type { TicketAction, TicketStep } from './api'

/** Steps that say why or what. */
export const TEXT_NEEDED: ReadonlySet<TicketAction> = new Set([
  'return',
  'reassign',
  'reply',
  'reply_citizen',
  'answer',
  'reopen',
  'wait',
  'urge',
  'escalate',
  'supervise',
  'cancel',
  'transfer',
  'note',
])
/** Steps that need nothing: one click. */
export const AT_ONCE: ReadonlySet<TicketAction> = new Set(['accept', 'resume', 'close'])
export const DEPARTMENT_NEEDED: ReadonlySet<TicketAction> = new Set(['dispatch', 'reassign'])
/** Steps that a person looks for first, in this order; the rest is under “more”. */
export const MAIN: TicketAction[] = [
  'accept',
  'reply',
  'reply_citizen',
  'answer',
  'close',
  'resume',
  'dispatch',
]
/** Steps for many tickets at once. */
export const BATCH: TicketAction[] = ['dispatch', 'reassign', 'urge', 'supervise', 'accept', 'close', 'note']
/** The dots of lists. */
export const STATE_COLOURS: Record<string, string> = {
  open: 'waiting',
  assigned: 'ringing',
  working: 'talking',
  replied: 'after_call',
  waiting: 'rest',
  waiting_department: 'rest',
  answered: 'ready',
  closed: 'ready',
  cancelled: 'offline',
  merged: 'offline',
}

/** What is typed for a step; each action takes its own part of it. */
export interface StepForm {
  text: string
  department_id: string
  owner_id: string
  into: string
  sms: boolean
  close: boolean
  verdict: NonNullable<TicketStep['verdict']>
  grade: NonNullable<TicketStep['grade']>
  measures: string
}

export const answersCitizen = (action: TicketAction): boolean =>
  action === 'answer' || action === 'reply_citizen'

/** The fields that a step still needs. */
export function lacking(action: TicketAction, form: StepForm): (keyof StepForm)[] {
  const needed: (keyof StepForm)[] = []
  if (TEXT_NEEDED.has(action) && !form.text.trim()) needed.push('text')
  if (DEPARTMENT_NEEDED.has(action) && !form.department_id) needed.push('department_id')
  if (action === 'transfer' && !form.owner_id) needed.push('owner_id')
  if (action === 'merge' && !form.into.trim()) needed.push('into')
  return needed
}

/** What goes out for a step: nothing of what belongs to others. */
export function stepOf(action: TicketAction, form: StepForm): TicketStep {
  const step = { action, text: form.text } as TicketStep
  if (DEPARTMENT_NEEDED.has(action)) step.department_id = form.department_id
  if (action === 'transfer') step.owner_id = form.owner_id
  if (action === 'merge') step.into = form.into.trim()
  if (action === 'answer') step.sms = form.sms
  if (answersCitizen(action)) step.close = form.close
  if (action === 'verify')
    Object.assign(step, { verdict: form.verdict, grade: form.grade, measures: form.measures })
  return step
}
