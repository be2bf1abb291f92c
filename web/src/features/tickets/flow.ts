// What steps ask for, and how they are shown. Which are possible says the server (`actions` of a ticket).

import type { TicketAction } from './api'

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
