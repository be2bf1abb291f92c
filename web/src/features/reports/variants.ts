// Formula variants (口径) as they are kept: in force, their versions, what a change would do; and what does not count.

import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'
import type { Choices } from '@/shared/metrics/variant'

type Schemas = components['schemas']
export type VariantRow = Schemas['VariantView']
export type VariantDifference = Schemas['VariantDifference']
export type Exclusion = Schemas['ExclusionView']
export type ExclusionForm = Schemas['ExclusionCreate']

export interface VariantForm {
  inherits: boolean
  options: Choices
  note: string
}

const EVERY = 'default'
export const addressOf = (row: VariantRow): string => row.hotline_id ?? EVERY
const path = (hotline_id: string) => ({ params: { path: { hotline_id } } })
/** What is sent: None for the organisation's default. */
export const chosen = (form: VariantForm): Choices | null => (form.inherits ? null : form.options)

export const useVariants = () =>
  useQuery({ queryKey: ['variants'], queryFn: () => unwrap(api.GET('/api/v1/variants')) })

export const useVariantVersions = (id: Ref<string | null>) =>
  useQuery({
    queryKey: computed(() => ['variant-versions', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/variants/{hotline_id}/versions', path(id.value ?? EVERY))),
    enabled: computed(() => id.value !== null),
  })

export const differenceOf = (id: string, form: VariantForm): Promise<VariantDifference> =>
  unwrap(
    api.POST('/api/v1/variants/{hotline_id}/difference', { ...path(id), body: { options: chosen(form) } }),
  )

function useChange<Given>(send: (given: Given) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: send,
    onSuccess: () =>
      Promise.all(
        ['variants', 'variant-versions', 'exclusions', 'report', 'own-answer'].map((key) =>
          client.invalidateQueries({ queryKey: [key] }),
        ),
      ),
  })
}

export const useChangeVariant = () =>
  useChange(({ id, form }: { id: string; form: VariantForm }) =>
    unwrap(
      api.PUT('/api/v1/variants/{hotline_id}', {
        ...path(id),
        body: { options: chosen(form), note: form.note.trim() },
      }),
    ),
  )

export const useExclusions = () =>
  useQuery({ queryKey: ['exclusions'], queryFn: () => unwrap(api.GET('/api/v1/exclusions')) })

export const useExclude = () =>
  useChange((form: ExclusionForm) => unwrap(api.POST('/api/v1/exclusions', { body: form })))

export const useInclude = () =>
  useChange((exclusion_id: string) =>
    unwrap(api.DELETE('/api/v1/exclusions/{exclusion_id}', { params: { path: { exclusion_id } } })),
  )
