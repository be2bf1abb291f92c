// The boxes of the list: what is to be done, by whom. Each is a filter and, where one counts, its count.

import type { TicketQuery } from './api'

type Count = 'mine' | 'open' | 'department' | 'replied' | 'waiting' | 'amber' | 'red' | 'supervised'

interface Box {
  key: string
  query: Partial<TicketQuery>
  /** What is counted for it, added up. */
  counts?: Count[]
  light?: 'amber' | 'red'
  /** Shown to departments too. */
  department: boolean
  /** Work: for a department only what is with it now, not what it gave back or what went on to another. */
  work?: boolean
}

const WITH_DEPARTMENT = 'assigned,working,waiting_department'
const ACTIVE = `open,replied,waiting,${WITH_DEPARTMENT}`

export const BOXES: Box[] = [
  { key: 'todo', query: { states: 'open,replied' }, counts: ['open', 'replied'], department: false },
  { key: 'mine', query: { owner_id: 'me', states: ACTIVE }, counts: ['mine'], department: false },
  { key: 'replied', query: { states: 'replied' }, counts: ['replied'], department: false },
  {
    key: 'department',
    query: { states: WITH_DEPARTMENT },
    counts: ['department'],
    department: true,
    work: true,
  },
  { key: 'waiting', query: { light: 'waiting' }, counts: ['waiting'], department: true, work: true },
  {
    key: 'amber',
    query: { light: 'amber' },
    counts: ['amber'],
    light: 'amber',
    department: true,
    work: true,
  },
  { key: 'red', query: { light: 'red' }, counts: ['red'], light: 'red', department: true, work: true },
  {
    key: 'supervised',
    query: { supervised: 'true', states: ACTIVE },
    counts: ['supervised'],
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

/** How many are in a box, null where nobody counts. */
export const countOf = (box: Box, all: Record<Count, number>): number | null =>
  box.counts ? box.counts.reduce((sum, key) => sum + all[key], 0) : null
