// Requests about hotlines and blocked callers.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, saveBlob, unwrap } from '@/shared/api/client'
import type { HotlineCreate, KnownCaller } from '@/shared/api/types'

export type HotlineForm = Required<
  Omit<HotlineCreate, 'authority_id' | 'hours_id' | 'outbound_trunk_id' | 'survey'>
> &
  Pick<HotlineCreate, 'hours_id' | 'outbound_trunk_id' | 'survey'>

export const useHotlines = (inactive: Ref<boolean>) =>
  useQuery({
    queryKey: computed(() => ['hotlines', inactive.value]),
    queryFn: () => unwrap(api.GET('/api/v1/hotlines', { params: { query: { inactive: inactive.value } } })),
  })

const one = (id: string) => ({ path: { hotline_id: id } })

export const useSaveHotline = () =>
  useChange(
    ['hotlines'],
    ({ id, form }: { id: string | null; form: HotlineForm }) =>
      id === null
        ? unwrap(api.POST('/api/v1/hotlines', { body: form }))
        : unwrap(api.PATCH('/api/v1/hotlines/{hotline_id}', { params: one(id), body: form })),
    true,
  )

export const useDeactivateHotline = () =>
  useChange(['hotlines'], (id: string) =>
    unwrap(api.DELETE('/api/v1/hotlines/{hotline_id}', { params: one(id) })),
  )

export const useFlowOptions = () =>
  useQuery({ queryKey: ['options', 'flows'], queryFn: () => unwrap(api.GET('/api/v1/flows')) })

export const useBlacklist = () =>
  useQuery({ queryKey: ['blacklist'], queryFn: () => unwrap(api.GET('/api/v1/blacklist')) })

export const useSaveBlacklist = () =>
  useChange(['blacklist'], (items: { number: string; note: string }[]) =>
    unwrap(api.PUT('/api/v1/blacklist', { body: { items } })),
  )

export const useKnownCallers = () =>
  useQuery({ queryKey: ['known-callers'], queryFn: () => unwrap(api.GET('/api/v1/known-callers')) })

export const useSaveKnownCallers = () =>
  useChange(['known-callers'], (items: KnownCaller[]) =>
    unwrap(api.PUT('/api/v1/known-callers', { body: { items } })),
  )

export type ImportMode = 'merge' | 'replace'

/** Reads the file at the server; without `apply` only to say what would change. */
export const useImportKnownCallers = () =>
  useChange(
    ['known-callers'],
    ({ file, mode, apply }: { file: File; mode: ImportMode; apply: boolean }) =>
      unwrap(
        api.POST('/api/v1/known-callers/import', {
          params: { query: { mode, apply } },
          // The description knows files as text; the browser sends the form.
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

export async function saveKnownCallers(): Promise<void> {
  const blob = await unwrap(
    api.GET('/api/v1/known-callers/export', { params: { query: { format: 'xlsx' } }, parseAs: 'blob' }),
  )
  saveBlob(blob as Blob, 'known-callers.xlsx')
}
