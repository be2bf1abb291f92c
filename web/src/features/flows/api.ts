// Requests about flows.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { Option } from '@/shared/api/options'

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
    queryFn: async () => (await unwrap(api.GET('/api/v1/flow-node-types' as never))) as unknown as NodeTypes,
    staleTime: Infinity,
  })

// ── Expressions ──

interface ExpressionHelp {
  variables: { name: string; type: string; about: string }[]
  functions: { name: string; signature: string; about: string; example: string }[]
}

export const useExpressionHelp = () =>
  useQuery({
    queryKey: ['flow-expression-help'],
    queryFn: async () => (await unwrap(api.GET('/api/v1/flow-expressions' as never))) as unknown as ExpressionHelp,
    staleTime: Infinity,
  })

interface ExpressionCheck {
  ok: boolean
  error: { message: string; at: number } | null
}

export const checkExpression = async (body: {
  expression: string
  type: string
  variables: Record<string, string>
}) => (await unwrap(api.POST('/api/v1/flow-expressions/check' as never, { body } as never))) as unknown as ExpressionCheck

// ── Trial calls ──

export type TrialInput =
  | { kind: 'digit'; key: string }
  | { kind: 'next' }
  | { kind: 'wait'; s: number }
  | { kind: 'hang_up' }
  | { kind: 'answer'; outcome: string; values: Record<string, unknown> }

export interface TrialStep {
  n: number
  at: string
  flow_id: string
  node_id: string
  title: string
  kind: string
  words: string
  spoken?: string
  prompts?: { key: string; name: string; text: string; missing: boolean }[]
  exit?: string
}

export interface Simulated {
  steps: TrialStep[]
  variables: Record<string, unknown>
  waiting: {
    flow_id: string
    node_id: string
    for: string
    timeout_s: number | null
    query?: { name: string } | null
  } | null
  ended: { way: string; words: string } | null
  inputs: TrialInput[]
}

export const simulate = async (id: string, body: Record<string, unknown>) =>
  (await unwrap(
    api.POST('/api/v1/flows/{flow_id}/simulate' as never, { params: one(id), body } as never),
  )) as unknown as Simulated

// ── Keys of a period ──

export interface KeysOfFlow {
  calls: number
  nodes: {
    node_id: string
    title: string
    entered: number
    left_here: number
    left_share: number
    keys: {
      key: string
      label: string
      presses: number
      share: number
      left_here: number
      reached_agent_share: number
    }[]
  }[]
}

export const fetchKeys = async (id: string, range: { from: string; to: string }) =>
  (await unwrap(
    api.GET('/api/v1/flows/{flow_id}/keys' as never, { params: { ...one(id), query: range } } as never),
  )) as unknown as KeysOfFlow

// ── Files ──

export const fetchExport = async (id: string, version: number | null) =>
  (await unwrap(
    api.GET('/api/v1/flows/{flow_id}/export' as never, {
      params: { ...one(id), query: { version: version === null ? 'draft' : String(version) } },
      parseAs: 'blob',
    } as never),
  )) as unknown as Blob

export const useSources = () => ({
  sources: computed<Option[]>(() => []),
  queries: computed<Option[]>(() => []),
})

// ── New ones ──

interface Template {
  key: string
  name: string
  about: string
}

export const useTemplates = () =>
  useQuery({
    queryKey: ['flow-templates'],
    queryFn: async () => ((await unwrap(api.GET('/api/v1/flow-templates' as never))) as unknown as { items: Template[] }).items,
    staleTime: Infinity,
  })

export const createFlow = async (body: Record<string, unknown>) =>
  (await unwrap(api.POST('/api/v1/flows', { body } as never))) as unknown as FlowRead

export const importFlow = async (name: string, text: string) =>
  (await unwrap(api.POST('/api/v1/flows/import' as never, { body: { name, text } } as never))) as unknown as FlowRead

export const useRemoveFlow = () =>
  useChange(LISTS, (id: string) => unwrap(api.DELETE('/api/v1/flows/{flow_id}', { params: one(id) })))
