// What a form of a ticket holds, and what of it was changed.

import type { FormValues } from '@/shared/forms/types'

import type { Ticket } from './api'

export interface TicketFormData {
  title: string
  content: string
  values: FormValues
  customer_name: string
  contact: string
  confidential: boolean
  urgency: 'normal' | 'urgent'
  grade: '' | 'minor' | 'serious' | 'grave'
  concerned: string
  feedback: '' | 'satisfied' | 'unsatisfied' | 'unreachable'
}

export const blankTicket = (): TicketFormData => ({
  title: '',
  content: '',
  values: {},
  customer_name: '',
  contact: '',
  confidential: false,
  urgency: 'normal',
  grade: '',
  concerned: '',
  feedback: '',
})

export const ticketForm = (ticket: Ticket): TicketFormData => ({
  title: ticket.title,
  content: ticket.content,
  values: { ...ticket.values },
  customer_name: ticket.customer_name,
  contact: ticket.contact,
  confidential: ticket.confidential,
  urgency: ticket.urgency,
  grade: ticket.grade,
  concerned: ticket.concerned,
  feedback: ticket.feedback,
})

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

/** The changed fields and what the editor saw in them: for `values` key by key, so that others' answers stay. */
export function changesOf(
  before: TicketFormData,
  after: TicketFormData,
): { fields: Partial<TicketFormData>; base: Partial<TicketFormData> } {
  const fields: Partial<Record<string, unknown>> = {}
  const base: Partial<Record<string, unknown>> = {}
  for (const key of Object.keys(after) as (keyof TicketFormData)[]) {
    if (key === 'values' || same(before[key], after[key])) continue
    fields[key] = after[key]
    base[key] = before[key]
  }
  const keys = [...new Set([...Object.keys(before.values), ...Object.keys(after.values)])]
  const touched = keys.filter((key) => !same(before.values[key], after.values[key]))
  if (touched.length > 0) {
    fields.values = Object.fromEntries(touched.map((key) => [key, after.values[key] ?? null]))
    base.values = Object.fromEntries(touched.map((key) => [key, before.values[key] ?? null]))
  }
  return { fields: fields as Partial<TicketFormData>, base: base as Partial<TicketFormData> }
}
