// Requests about flows.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'
import type { Option } from '@/shared/api/options'
import { useSession } from '@/shared/session/session'

import type { FlowDocument } from './model/document'
import type { NodeTypes } from './model/nodeTypes'

const one = (id: string) => ({ path: { flow_id: id } })
const LISTS = ['flows', 'flow']
const LOOK_AGAIN_MS = 10_000

export const useFlows = () =>
  useQuery({ queryKey: ['flows'], queryFn: () => unwrap(api.GET('/api/v1/flows')) })

export const fetchFlow = (id: string) => unwrap(api.GET('/api/v1/flows/{flow_id}', { params: one(id) }))

export type FlowRead = Awaited<ReturnType<typeof fetchFlow>>

/** One flow, looked at again and again: somebody else may work on it too. */
export const useFlow = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['flow', id.value]),
    queryFn: () => fetchFlow(id.value),
    refetchInterval: LOOK_AGAIN_MS,
  })

export const saveDraft = (id: string, document: FlowDocument, revision: number) =>
  unwrap(
    api.PUT('/api/v1/flows/{flow_id}/draft', {
      params: one(id),
      body: { document: { ...document }, revision },
    }),
  )

export const renameFlow = (id: string, document: FlowDocument, revision: number, name: string) =>
  unwrap(
    api.PUT('/api/v1/flows/{flow_id}/draft', {
      params: one(id),
      body: { document: { ...document }, revision, name },
    }),
  )

interface Publication {
  id: string
  note: string
  version?: number
  revision: number
}

export const usePublish = () =>
  useChange(LISTS, ({ id, note, version, revision }: Publication) =>
    unwrap(
      api.POST('/api/v1/flows/{flow_id}/publish', {
        params: one(id),
        body: { note, version: version ?? null, revision },
      }),
    ),
  )

export const fetchVersion = (id: string, version: number) =>
  unwrap(
    api.GET('/api/v1/flows/{flow_id}/versions/{version}', { params: { path: { flow_id: id, version } } }),
  )

export const checkFlow = (id: string, document?: FlowDocument) =>
  unwrap(
    api.POST('/api/v1/flows/{flow_id}/check', {
      params: one(id),
      ...(document ? { body: { document: { ...document } } } : {}),
    }),
  )

export type FlowProblem = Awaited<ReturnType<typeof checkFlow>>['problems'][number]

export const useNodeTypes = () =>
  useQuery({
    queryKey: ['flow-node-types'],
    queryFn: async () => (await unwrap(api.GET('/api/v1/flow-node-types'))) as unknown as NodeTypes,
    staleTime: Infinity,
  })

// ── Templates ──

export const useTemplates = () =>
  useQuery({
    queryKey: ['flow-templates'],
    queryFn: () => unwrap(api.GET('/api/v1/flow-templates')),
    staleTime: Infinity,
  })

export const fetchTemplate = async (key: string): Promise<FlowDocument> => {
  const found = await unwrap(api.GET('/api/v1/flow-templates/{key}', { params: { path: { key } } }))
  return found.document as unknown as FlowDocument
}

export const useTemplate = (key: string) =>
  useQuery({ queryKey: ['flow-templates', key], queryFn: () => fetchTemplate(key), staleTime: Infinity })

// ── Expressions ──

export const useExpressionHelp = () =>
  useQuery({
    queryKey: ['flow-expression-help'],
    queryFn: () => unwrap(api.GET('/api/v1/flow-expressions')),
    staleTime: Infinity,
  })

export type VariableKind = 'text' | 'int' | 'number' | 'flag' | 'json'

export const checkExpression = (
  expression: string,
  type: 'text' | 'number' | 'flag' | 'any',
  variables: Record<string, VariableKind>,
) => unwrap(api.POST('/api/v1/flow-expressions/check', { body: { expression, type, variables } }))

// ── Trial calls ──

export type TrialScript = components['schemas']['BenchScript']
export type TrialInput = components['schemas']['BenchInput']
export type TrialStep = components['schemas']['BenchStep']
export type Trial = components['schemas']['BenchWalk']

export const simulate = (id: string, body: TrialScript) =>
  unwrap(api.POST('/api/v1/flows/{flow_id}/simulate', { params: one(id), body }))

// ── Files ──

export const fetchExport = async (id: string, version: number | null) =>
  (await unwrap(
    api.GET('/api/v1/flows/{flow_id}/export', {
      params: { ...one(id), query: { version: version === null ? 'draft' : String(version) } },
      parseAs: 'blob',
    }),
  )) as unknown as Blob

/** What nodes may ask: services over HTTP, and the named queries of databases. */
export function useSources() {
  const enabled = useSession().may('sources.view')
  const { data: sources } = useQuery({
    queryKey: ['sources'],
    queryFn: () => unwrap(api.GET('/api/v1/sources')),
    enabled,
  })
  const { data: queries } = useQuery({
    queryKey: ['source-queries'],
    queryFn: () => unwrap(api.GET('/api/v1/source-queries')),
    enabled,
  })
  return {
    sources: computed<Option[]>(() =>
      (sources.value?.items ?? [])
        .filter(({ kind }) => kind === 'http')
        .map(({ id, name }) => ({ value: id, label: name })),
    ),
    queries: computed<Option[]>(() =>
      (queries.value?.items ?? []).map(({ id, name, source_name }) => ({
        value: id,
        label: `${name}（${source_name}）`,
      })),
    ),
  }
}

// ── Keys of a period ──

export const fetchKeys = async (id: string, range: { from: string; to: string }) => {
  const answer = await unwrap(
    api.GET('/api/v1/reports/{key}', {
      params: {
        path: { key: 'ivr_keys' },
        query: { ...range, flow: [id], group_by: ['node', 'key', 'label'] },
      },
    }),
  )
  return (answer as components['schemas']['ReportAnswer']).rows
}

// ── New ones ──

export const createFlow = async (body: Record<string, unknown>) =>
  (await unwrap(api.POST('/api/v1/flows', { body } as never))) as unknown as FlowRead

export const importFlow = (name: string, text: string) =>
  unwrap(api.POST('/api/v1/flows/import', { body: { name, text } }))

export const useRemoveFlow = () =>
  useChange(LISTS, (id: string) => unwrap(api.DELETE('/api/v1/flows/{flow_id}', { params: one(id) })))
