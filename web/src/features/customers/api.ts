// Requests about customers.

import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, present, saveBlob, unwrap } from '@/shared/api/client'
import type { components, operations } from '@/shared/api/generated'
import { exportOrQueue, type Exported } from '@/shared/api/longExport'

type Schemas = components['schemas']
export type Customer = Schemas['CustomerRead']
export type CustomerForm = Schemas['CustomerCreate']
export type TimelineItem = Schemas['TimelineItem']

const PAGE_SIZE = 50
const PROGRESS_MS = 700
const LISTS = ['customers', 'customer', 'screen-pop', 'customer-timeline', 'customer-tags']

type ServerQuery = NonNullable<operations['list_customers']['parameters']['query']>
export interface CustomerQuery {
  search: string
  kind: string
  customer_class: string
  tag: string
}
const serverQuery = (query: CustomerQuery): ServerQuery => present(query) as unknown as ServerQuery

export const useCustomers = (query: Ref<CustomerQuery>) =>
  useInfiniteQuery({
    queryKey: computed(() => ['customers', query.value]),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/customers', {
          params: { query: present({ ...serverQuery(query.value), limit: PAGE_SIZE, cursor: pageParam }) },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  })

const one = (id: string) => ({ path: { customer_id: id } })

export const useCustomer = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['customer', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/customers/{customer_id}', { params: one(id.value) })),
  })

export const useTimeline = (id: Ref<string>) =>
  useInfiniteQuery({
    queryKey: computed(() => ['customer-timeline', id.value]),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/customers/{customer_id}/timeline', {
          params: { ...one(id.value), query: present({ limit: PAGE_SIZE, before: pageParam }) },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  })

/** Who calls; asked as soon as a call appears. */
export const useScreenPop = (number: Ref<string>, open: Ref<boolean>) =>
  useQuery({
    queryKey: computed(() => ['screen-pop', number.value]),
    queryFn: () => unwrap(api.GET('/api/v1/screen-pop', { params: { query: { number: number.value } } })),
    enabled: open,
  })

export const useFields = () =>
  useQuery({
    queryKey: ['options', 'customer-fields'],
    queryFn: () => unwrap(api.GET('/api/v1/customer-fields')),
  })

export const useSaveFields = () =>
  useChange([], (body: Schemas['CustomerFormReplace']) =>
    unwrap(api.PUT('/api/v1/customer-fields', { body })),
  )

export const useTags = () =>
  useQuery({ queryKey: ['customer-tags'], queryFn: () => unwrap(api.GET('/api/v1/customer-tags')) })

export const useSaveCustomer = () => {
  const queries = useQueryClient()
  return useChange(
    LISTS,
    async ({ id, body }: { id: string | null; body: Schemas['CustomerUpdate'] | CustomerForm }) => {
      const saved =
        id === null
          ? await unwrap(api.POST('/api/v1/customers', { body: body as CustomerForm }))
          : await unwrap(
              api.PATCH('/api/v1/customers/{customer_id}', {
                params: one(id),
                body: body as Schemas['CustomerUpdate'],
              }),
            )
      queries.setQueryData(['customer', saved.id], saved)
      return saved
    },
    true,
  )
}

export const useAddNote = () =>
  useChange(LISTS, ({ id, ...body }: Schemas['NoteCreate'] & { id: string }) =>
    unwrap(api.POST('/api/v1/customers/{customer_id}/notes', { params: one(id), body })),
  )

export const useDuplicates = (open: Ref<boolean>) =>
  useQuery({
    queryKey: ['customers', 'duplicates'],
    queryFn: () => unwrap(api.GET('/api/v1/customer-duplicates')),
    enabled: open,
  })

/** Lists that a merge changes: a file, and the merges into it. */
const MERGED = [...LISTS, 'customer-merges']

const mergesInto = async (kept: string): Promise<Schemas['MergeRead'][]> =>
  (await unwrap(api.GET('/api/v1/customers/{customer_id}/merges', { params: one(kept) }))).items

/** Merge two; the answer is the merge's id, by which it is taken back. */
export const useMerge = () =>
  useChange(
    MERGED,
    async ({ kept, gone, take }: { kept: string; gone: string; take: Schemas['MergeWanted']['take'] }) => {
      const body = { gone_id: gone, take }
      await unwrap(api.POST('/api/v1/customers/{customer_id}/merge', { params: one(kept), body }))
      return (await mergesInto(kept)).find((merge) => merge.gone_id === gone)?.id ?? ''
    },
    true,
  )

export const useMerges = (id: Ref<string>, open: Ref<boolean>) =>
  useQuery({
    queryKey: computed(() => ['customer-merges', id.value]),
    queryFn: () => mergesInto(id.value),
    enabled: open,
  })

/** The first customers that a name or number finds. */
export const findCustomers = async (search: string): Promise<Customer[]> =>
  (await unwrap(api.GET('/api/v1/customers', { params: { query: { search, limit: 20 } } }))).items

export const useUndoMerge = () =>
  useChange(MERGED, (id: string) =>
    unwrap(api.POST('/api/v1/customer-merges/{merge_id}/undo', { params: { path: { merge_id: id } } })),
  )

/** The filtered customers as a workbook; one too long for an answer is made in the background. */
export function exportCustomers(query: CustomerQuery, name: string, reason: string): Promise<Exported> {
  const question = serverQuery(query)
  return exportOrQueue(
    async () => {
      const params = { query: { ...question, reason } }
      const blob = await unwrap(api.GET('/api/v1/customer-export', { params, parseAs: 'blob' }))
      saveBlob(blob as Blob, `${name}.xlsx`)
    },
    { kind: 'customers', name, format: 'xlsx', reason, question },
  )
}

// ── Imports ──────────────────────────────────────────────────────────────────────────────────────

const job = (id: string) => ({ path: { import_id: id } })

export const useUpload = () =>
  useChange(
    ['customer-import'],
    ({ file, mode }: { file: File; mode: 'merge' | 'add' }) =>
      unwrap(
        api.POST('/api/v1/customer-imports', {
          params: { query: { mode } },
          body: { file: file as unknown as string },
          bodySerializer: () => {
            const form = new FormData()
            form.append('file', file)
            return form
          },
        }),
      ),
    true,
  )

/** An import, asked again while it moves. */
export const useImport = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['customer-import', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/customer-imports/{import_id}', { params: job(id.value) })),
    enabled: computed(() => id.value !== ''),
    refetchInterval: (query) =>
      ['reading', 'running'].includes(query.state.data?.state ?? '') ? PROGRESS_MS : false,
    staleTime: 0,
  })

/** Customers came by another way than a form: every list of them is asked anew. */
export function useRefreshLists(): () => void {
  const queries = useQueryClient()
  return () => LISTS.forEach((key) => void queries.invalidateQueries({ queryKey: [key] }))
}

export const useStartImport = () =>
  useChange(['customer-import'], (id: string) =>
    unwrap(api.POST('/api/v1/customer-imports/{import_id}/start', { params: job(id) })),
  )

export const useCancelImport = () =>
  useChange(['customer-import'], (id: string) =>
    unwrap(api.POST('/api/v1/customer-imports/{import_id}/cancel', { params: job(id) })),
  )

export async function saveProblems(id: string): Promise<void> {
  const blob = await unwrap(
    api.GET('/api/v1/customer-imports/{import_id}/problems', { params: job(id), parseAs: 'blob' }),
  )
  saveBlob(blob as Blob, 'customer-import-problems.csv')
}

// ── Contract side ────────────────────────────────────────────────────────────────────────────────

const ACCOUNT = ['customer-account', 'screen-pop']

export const useAccount = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['customer-account', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/customers/{customer_id}/account', { params: one(id.value) })),
  })

export const useAddContract = () =>
  useChange(
    ACCOUNT,
    ({ id, body }: { id: string; body: Schemas['CustomerContractFields'] }) =>
      unwrap(api.POST('/api/v1/customers/{customer_id}/contracts', { params: one(id), body })),
    true,
  )

export const useAddReminder = () =>
  useChange(
    ACCOUNT,
    ({ id, body }: { id: string; body: Schemas['ReminderFields'] }) =>
      unwrap(api.POST('/api/v1/customers/{customer_id}/reminders', { params: one(id), body })),
    true,
  )

export const useFinishReminder = () =>
  useChange(ACCOUNT, ({ id, outcome }: { id: string; outcome: string }) =>
    unwrap(
      api.POST('/api/v1/customer-reminders/{reminder_id}/done', {
        params: { path: { reminder_id: id } },
        body: { outcome },
      }),
    ),
  )

export const useAddCharge = () =>
  useChange(
    ACCOUNT,
    ({ id, body }: { id: string; body: Schemas['ChargeFields'] }) =>
      unwrap(api.POST('/api/v1/customers/{customer_id}/charges', { params: one(id), body })),
    true,
  )

export async function saveStatement(id: string, month: string): Promise<void> {
  const blob = await unwrap(
    api.GET('/api/v1/customers/{customer_id}/statement', {
      params: { ...one(id), query: { month } },
      parseAs: 'blob',
    }),
  )
  saveBlob(blob as Blob, `statement-${month}.xlsx`)
}
