// Requests about tickets.

import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import type { FormFieldSpec } from '@/shared/forms/types'
import { api, present, saveBlob, unwrap } from '@/shared/api/client'
import type { components, operations } from '@/shared/api/generated'
import { exportOrQueue, type Exported } from '@/shared/api/longExport'

type Schemas = components['schemas']
export type Ticket = Schemas['TicketRead']
export type TicketRow = Schemas['TicketRow']
export type TicketCreate = Schemas['TicketCreate']
export type TicketStep = Schemas['TicketStepWanted']
export type TicketAction = Schemas['TicketAction']
export type TicketType = Omit<Schemas['TicketTypeRead'], 'fields'> & { fields: FormFieldSpec[] }
export type TicketTypeForm = Schemas['TicketTypeCreate']
export type TicketReport = Schemas['TicketReport']
export type ReportGroup = Schemas['TicketReportGroup']

const PAGE_SIZE = 50
const FRESH_EVERY_MS = 20_000
/** While an answer is on its way to the citizen. */
const SMS_EVERY_MS = 3_000
const SMS_ON_ITS_WAY: ReadonlySet<string> = new Set(['queued', 'sending', 'sent'])

type ServerQuery = NonNullable<operations['list_tickets']['parameters']['query']>

/** Filters as the address holds them: text, empty for none. `states`: several, with commas. */
export interface TicketQuery {
  words: string
  states: string
  type_id: string
  department_id: string
  owner_id: string
  light: string
  urgency: string
  number: string
  supervised: string
  from: string
  to: string
}

function serverQuery({ states, ...rest }: TicketQuery): ServerQuery {
  const wanted = present(rest) as unknown as ServerQuery
  return states ? { ...wanted, state: states.split(',') as ServerQuery['state'] } : wanted
}

export const useTickets = (query: Ref<TicketQuery>) =>
  useInfiniteQuery({
    queryKey: computed(() => ['tickets', query.value]),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/tickets', {
          params: { query: present({ ...serverQuery(query.value), limit: PAGE_SIZE, cursor: pageParam }) },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  })

/** The newest tickets that a number (of the ticket, or the citizen's) or words find. */
export const findTickets = async (query: { number?: string; words?: string }): Promise<TicketRow[]> =>
  (await unwrap(api.GET('/api/v1/tickets', { params: { query: { ...query, limit: 20 } } }))).items

const one = (id: string) => ({ path: { ticket_id: id } })

/** To whom a ticket may be handed over: found by name or work number, the first fifty without words. */
export const useColleagues = (id: () => string, words: Ref<string>, wanted: () => boolean) =>
  useQuery({
    queryKey: computed(() => ['ticket-colleagues', id(), words.value]),
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/tickets/{ticket_id}/colleagues', {
          params: { ...one(id()), query: { words: words.value } },
        }),
      ),
    enabled: computed(wanted),
    placeholderData: keepPreviousData,
  })

export const useTicket = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['ticket', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/tickets/{ticket_id}', { params: one(id.value) })),
    refetchInterval: ({ state }) =>
      state.data?.steps.some((step) => SMS_ON_ITS_WAY.has(step.sms)) ? SMS_EVERY_MS : FRESH_EVERY_MS,
  })

/** Lists and counts that change with any ticket. */
const LISTS = [
  'tickets',
  'ticket-boxes',
  'ticket-notices',
  'ticket-colleagues',
  'customer-timeline',
  'screen-pop',
]

/** After a change the ticket is what the answer says; lists are asked anew. */
function useTicketChange<Input>(change: (input: Input) => Promise<Ticket>) {
  const queries = useQueryClient()
  return useChange(
    LISTS,
    async (input: Input) => {
      const ticket = await change(input)
      queries.setQueryData(['ticket', ticket.id], ticket)
      return ticket
    },
    true,
  )
}

export const useCreateTicket = () =>
  useTicketChange((body: TicketCreate) => unwrap(api.POST('/api/v1/tickets', { body })))

export const useUpdateTicket = () =>
  useTicketChange(({ id, body }: { id: string; body: Schemas['TicketUpdate'] }) =>
    unwrap(api.PATCH('/api/v1/tickets/{ticket_id}', { params: one(id), body })),
  )

/** A step that is refused was offered by a state that has gone: the ticket is asked anew. */
export const useStepTicket = () => {
  const queries = useQueryClient()
  return useTicketChange(async ({ id, step }: { id: string; step: TicketStep }) => {
    try {
      return await unwrap(api.POST('/api/v1/tickets/{ticket_id}/steps', { params: one(id), body: step }))
    } catch (refused) {
      void queries.invalidateQueries({ queryKey: ['ticket', id] })
      throw refused
    }
  })
}

export const useBatch = () =>
  useChange(
    LISTS,
    (body: Schemas['TicketBatchWanted']) => unwrap(api.POST('/api/v1/ticket-batch', { body })),
    true,
  )

export const revealContact = async (id: string): Promise<string> =>
  (await unwrap(api.POST('/api/v1/tickets/{ticket_id}/contact', { params: one(id) }))).contact

export const useAttach = () =>
  useTicketChange(({ id, file }: { id: string; file: File }) =>
    unwrap(
      api.POST('/api/v1/tickets/{ticket_id}/attachments', {
        params: one(id),
        body: { file: file as unknown as string },
        bodySerializer: () => {
          const form = new FormData()
          form.append('file', file)
          return form
        },
      }),
    ),
  )

const file = (id: string, attachment: string) => ({
  path: { ticket_id: id, attachment_id: attachment },
})

export const useDetach = () =>
  useTicketChange(({ id, attachment }: { id: string; attachment: string }) =>
    unwrap(
      api.DELETE('/api/v1/tickets/{ticket_id}/attachments/{attachment_id}', { params: file(id, attachment) }),
    ),
  )

export async function saveAttachment(id: string, attachment: string, name: string): Promise<void> {
  const params = file(id, attachment)
  const blob = await unwrap(
    api.GET('/api/v1/tickets/{ticket_id}/attachments/{attachment_id}', { params, parseAs: 'blob' }),
  )
  saveBlob(blob as Blob, name)
}

export async function savePdf(ticket: Ticket): Promise<void> {
  const params = one(ticket.id)
  const blob = await unwrap(api.GET('/api/v1/tickets/{ticket_id}/pdf', { params, parseAs: 'blob' }))
  saveBlob(blob as Blob, `${ticket.number}.pdf`)
}

/** The filtered list as a workbook; one too long for an answer is made in the background. */
export function exportTickets(query: TicketQuery, name: string, reason: string): Promise<Exported> {
  const question = serverQuery(query)
  return exportOrQueue(
    async () => {
      const params = { query: { ...question, reason } }
      const blob = await unwrap(api.GET('/api/v1/ticket-export', { params, parseAs: 'blob' }))
      saveBlob(blob as Blob, `${name}.xlsx`)
    },
    { kind: 'tickets', name, format: 'xlsx', reason, question },
  )
}

export const useTicketTypes = () =>
  useQuery({
    queryKey: ['options', 'ticket-types'],
    queryFn: () => unwrap(api.GET('/api/v1/ticket-types')),
  })

export const useDepartments = () =>
  useQuery({
    queryKey: ['options', 'ticket-departments'],
    queryFn: () => unwrap(api.GET('/api/v1/ticket-departments')),
  })

export const useBoxes = () =>
  useQuery({
    queryKey: ['ticket-boxes'],
    queryFn: () => unwrap(api.GET('/api/v1/ticket-boxes')),
    refetchInterval: FRESH_EVERY_MS,
  })

export const useNotices = () =>
  useQuery({
    queryKey: ['ticket-notices'],
    queryFn: () => unwrap(api.GET('/api/v1/ticket-notices')),
    refetchInterval: FRESH_EVERY_MS,
  })

export const useReadNotices = () =>
  useChange(['ticket-notices'], () => unwrap(api.POST('/api/v1/ticket-notices/read')), true)

export const useViews = () =>
  useQuery({ queryKey: ['ticket-views'], queryFn: () => unwrap(api.GET('/api/v1/ticket-views')) })

export const useSaveView = () =>
  useChange(['ticket-views'], (body: Schemas['TicketViewFields']) =>
    unwrap(api.POST('/api/v1/ticket-views', { body })),
  )

export const useRemoveView = () =>
  useChange(['ticket-views'], (id: string) =>
    unwrap(api.DELETE('/api/v1/ticket-views/{view_id}', { params: { path: { view_id: id } } })),
  )

export const useSaveType = () =>
  useChange(
    [],
    ({ id, form }: { id: string | null; form: TicketTypeForm }) =>
      id === null
        ? unwrap(api.POST('/api/v1/ticket-types', { body: form }))
        : unwrap(
            api.PATCH('/api/v1/ticket-types/{type_id}', { params: { path: { type_id: id } }, body: form }),
          ),
    true,
  )

export const useDeactivateType = () =>
  useChange([], (id: string) =>
    unwrap(api.DELETE('/api/v1/ticket-types/{type_id}', { params: { path: { type_id: id } } })),
  )

export const useExamples = (open: Ref<boolean>) =>
  useQuery({
    queryKey: ['ticket-type-examples'],
    queryFn: () => unwrap(api.GET('/api/v1/ticket-type-examples')),
    enabled: open,
  })

export const useHoursOptions = () =>
  useQuery({
    queryKey: ['options', 'hours', 'tickets'],
    queryFn: () => unwrap(api.GET('/api/v1/hours', { params: { query: { inactive: false } } })),
  })

export const useReport = (
  key: Ref<'tickets' | 'complaints'>,
  range: Ref<{ from: string; to: string }>,
  group: Ref<ReportGroup>,
) =>
  useQuery({
    queryKey: computed(() => ['ticket-report', key.value, range.value, group.value]),
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/ticket-reports/{key}', {
          params: { path: { key: key.value }, query: { ...range.value, group_by: group.value } },
        }),
      ),
    placeholderData: keepPreviousData,
  })

type ReportKey = 'tickets' | 'complaints'
interface Range {
  from: string
  to: string
}

export async function saveReport(
  key: ReportKey,
  range: Range,
  group: ReportGroup,
  format: 'csv' | 'xlsx' | 'pdf',
): Promise<void> {
  const params = { path: { key }, query: { ...range, group_by: group, format } }
  const blob = await unwrap(api.GET('/api/v1/ticket-reports/{key}', { params, parseAs: 'blob' }))
  saveBlob(blob as unknown as Blob, `${key}.${format}`)
}

export const useFieldSums = (type: Ref<string>, range: Ref<Range>) =>
  useQuery({
    queryKey: computed(() => ['ticket-field-sums', type.value, range.value]),
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/ticket-reports/fields/{type_id}', {
          params: { path: { type_id: type.value }, query: range.value },
        }),
      ),
    enabled: computed(() => type.value !== ''),
    placeholderData: keepPreviousData,
  })

export const useMeasureTrends = (range: Ref<Range>, days: Ref<number>) =>
  useQuery({
    queryKey: computed(() => ['ticket-measures', range.value, days.value]),
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/ticket-reports/complaints/measures', {
          params: { query: { ...range.value, days: days.value } },
        }),
      ),
    placeholderData: keepPreviousData,
  })

export type NewChannel = Schemas['TicketChannelCreate']
export type NoticeEvent = NewChannel['events'][number]
export type Channel = Schemas['TicketChannelRead']

export const useChannels = (open: Ref<boolean>) =>
  useQuery({
    queryKey: ['ticket-channels'],
    queryFn: () => unwrap(api.GET('/api/v1/ticket-channels')),
    enabled: open,
  })

export const useAddChannel = () =>
  useChange(['ticket-channels'], (body: NewChannel) => unwrap(api.POST('/api/v1/ticket-channels', { body })))

export const useRemoveChannel = () =>
  useChange(['ticket-channels'], (id: string) =>
    unwrap(api.DELETE('/api/v1/ticket-channels/{channel_id}', { params: { path: { channel_id: id } } })),
  )
