// The boxes of the list: what is to be done, by whom. Each is a filter and, where one counts, its count.

import type { TicketQuery } from './api'

interface Box {
  key: string
  query: Partial<TicketQuery>
  count?: 'mine' | 'open' | 'department' | 'replied' | 'waiting' | 'amber' | 'red' | 'supervised'
  light?: 'amber' | 'red'
  /** Shown to departments too. */
  department: boolean
  /** Work: for a department only what is with it now, not what it gave back or what went on to another. */
  work?: boolean
}

const WITH_DEPARTMENT = 'assigned,working,waiting_department'
const ACTIVE = `open,replied,waiting,${WITH_DEPARTMENT}`

export const BOXES: Box[] = [
  { key: 'todo', query: { states: 'open,replied' }, department: false },
  { key: 'mine', query: { owner_id: 'me', states: ACTIVE }, count: 'mine', department: false },
  { key: 'replied', query: { states: 'replied' }, count: 'replied', department: false },
  {
    key: 'department',
    query: { states: WITH_DEPARTMENT },
    count: 'department',
    department: true,
    work: true,
  },
  { key: 'waiting', query: { light: 'waiting' }, count: 'waiting', department: true, work: true },
  { key: 'amber', query: { light: 'amber' }, count: 'amber', light: 'amber', department: true, work: true },
  { key: 'red', query: { light: 'red' }, count: 'red', light: 'red', department: true, work: true },
  {
    key: 'supervised',
    query: { supervised: 'true', states: ACTIVE },
    count: 'supervised',
    department: true,
    work: true,
  },
  { key: 'done', query: { states: 'answered,closed' }, department: true },
  { key: 'all', query: {}, department: true },
]

export const boxOf = (key: string): Box => BOXES.find((box) => box.key === key) ?? BOXES.at(-1)!

/** What a box asks for, of the whole centre or of one's own departments. */
export function queryOf(key: string, handles: boolean): Partial<TicketQuery> {
  const box = boxOf(key)
  return box.work && !handles ? { ...box.query, department_id: 'ours' } : box.query
}
