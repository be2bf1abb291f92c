// Requests about contracts and acceptances.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, saveBlob, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

type Schemas = components['schemas']
export type ContractRead = Schemas['ContractRead']
export type ContractForm = Required<Omit<Schemas['ContractCreate'], 'authority_id' | 'terms'>> & {
  terms: { figures: FigureForm[]; consequences: RuleForm[] }
}
export type FigureForm = Required<Schemas['ContractFigure-Input']>
export type RuleForm = Required<Schemas['Consequence-Input']>
export type AcceptanceRead = Schemas['AcceptanceRead']
export type ExclusionRead = Schemas['ExclusionRead']
export type ExclusionForm = Schemas['ExclusionFields']
export type PeriodRead = Schemas['PeriodRead']

const ALL = ['contracts', 'acceptance', 'contract-exclusions']
const contract = (id: string) => ({ params: { path: { contract_id: id } } })
const acceptance = (id: string) => ({ params: { path: { acceptance_id: id } } })

export const useContracts = () =>
  useQuery({ queryKey: ['contracts'], queryFn: () => unwrap(api.GET('/api/v1/contracts')) })

export const useUsableFigures = () =>
  useQuery({
    queryKey: ['contract-figures'],
    queryFn: () => unwrap(api.GET('/api/v1/contracts/figures')),
    staleTime: Infinity,
  })

export const useSaveContract = () =>
  useChange(
    ALL,
    ({ id, form }: { id: string | null; form: ContractForm }) =>
      id === null
        ? unwrap(api.POST('/api/v1/contracts', { body: form }))
        : unwrap(api.PUT('/api/v1/contracts/{contract_id}', { ...contract(id), body: form })),
    true,
  )

export const useRemoveContract = () =>
  useChange(ALL, (id: string) => unwrap(api.DELETE('/api/v1/contracts/{contract_id}', contract(id))))

export const useExclusions = (id: Ref<string | null>) =>
  useQuery({
    queryKey: computed(() => ['contract-exclusions', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/contracts/{contract_id}/exclusions', contract(id.value ?? ''))),
    enabled: computed(() => id.value !== null),
  })

export const useExclude = () =>
  useChange(
    ALL,
    ({ id, form }: { id: string; form: ExclusionForm }) =>
      unwrap(api.POST('/api/v1/contracts/{contract_id}/exclusions', { ...contract(id), body: form })),
    true,
  )

export const useInclude = () =>
  useChange(ALL, ({ id, exclusion }: { id: string; exclusion: string }) =>
    unwrap(
      api.DELETE('/api/v1/contracts/{contract_id}/exclusions/{exclusion_id}', {
        params: { path: { contract_id: id, exclusion_id: exclusion } },
      }),
    ),
  )

export const useBegin = () =>
  useChange(ALL, ({ id, first }: { id: string; first: string }) =>
    unwrap(api.POST('/api/v1/acceptances/of/{contract_id}', { ...contract(id), body: { first } })),
  )

export const useAcceptance = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['acceptance', id.value]),
    queryFn: () => unwrap(api.GET('/api/v1/acceptances/{acceptance_id}', acceptance(id.value))),
  })

export const useDeclare = () =>
  useChange(
    ALL,
    ({ id, body }: { id: string; body: Schemas['DeclaredFields'] }) =>
      unwrap(api.PUT('/api/v1/acceptances/{acceptance_id}/declared', { ...acceptance(id), body })),
    true,
  )

export type Move = 'submit' | 'confirm' | 'return' | 'remove'

export const useMove = () =>
  useChange(ALL, ({ id, move, note }: { id: string; move: Move; note: string }) => {
    const body = { note }
    switch (move) {
      case 'submit':
        return unwrap(api.POST('/api/v1/acceptances/{acceptance_id}/submit', acceptance(id)))
      case 'confirm':
        return unwrap(api.POST('/api/v1/acceptances/{acceptance_id}/confirm', { ...acceptance(id), body }))
      case 'return':
        return unwrap(api.POST('/api/v1/acceptances/{acceptance_id}/return', { ...acceptance(id), body }))
      case 'remove':
        return unwrap(api.DELETE('/api/v1/acceptances/{acceptance_id}', acceptance(id)))
    }
  })

export async function saveReport(id: string, name: string): Promise<void> {
  const blob = await unwrap(
    api.GET('/api/v1/acceptances/{acceptance_id}/report.pdf', { ...acceptance(id), parseAs: 'blob' }),
  )
  saveBlob(blob as unknown as Blob, `${name}.pdf`)
}

export async function saveEvidence(id: string, name: string): Promise<void> {
  const blob = await unwrap(
    api.GET('/api/v1/acceptances/{acceptance_id}/evidence', { ...acceptance(id), parseAs: 'blob' }),
  )
  saveBlob(blob as unknown as Blob, `${name}.zip`)
}
