// The boxes of the list: what is to be done, by whom. Each is a filter and, where one counts, its count.

import type { TicketQuery } from './api'

interface Box {
  key: string
  query: Partial<TicketQuery>
  count?: 'mine' | 'open' | 'department' | 'replied' | 'waiting' | 'amber' | 'red' | 'supervised'
  light?: 'amber' | 'red'
  /** Shown to departments too. */
  department: boolean
}

const WITH_DEPARTMENT = 'assigned,working,waiting_department'
const ACTIVE = `open,replied,waiting,${WITH_DEPARTMENT}`

export const BOXES: Box[] = [
  { key: 'todo', query: { states: 'open,replied' }, department: false },
  { key: 'mine', query: { owner_id: 'me', states: ACTIVE }, count: 'mine', department: false },
  { key: 'replied', query: { states: 'replied' }, count: 'replied', department: false },
  { key: 'department', query: { states: WITH_DEPARTMENT }, count: 'department', department: true },
  { key: 'waiting', query: { light: 'waiting' }, count: 'waiting', department: true },
  { key: 'amber', query: { light: 'amber' }, count: 'amber', light: 'amber', department: true },
  { key: 'red', query: { light: 'red' }, count: 'red', light: 'red', department: true },
  {
    key: 'supervised',
    query: { supervised: 'true', states: ACTIVE },
    count: 'supervised',
    department: true,
  },
  { key: 'done', query: { states: 'answered,closed' }, department: true },
  { key: 'all', query: {}, department: true },
]

export const boxOf = (key: string): Box => BOXES.find((box) => box.key === key) ?? BOXES.at(-1)!
