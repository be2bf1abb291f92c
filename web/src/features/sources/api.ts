// Requests about data sources and their named queries.

import { useQuery } from '@tanstack/vue-query'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

type Schemas = components['schemas']
export type Source = Schemas['SourceRead']
export type SourceWrite = Schemas['SourceWrite']
export type NamedQuery = Schemas['QueryRead']
export type QueryWrite = Schemas['QueryWrite']
export type Tried = Schemas['SourceTried']

const source = (id: string) => ({ path: { source_id: id } })
const query = (id: string) => ({ path: { query_id: id } })
const SOURCES = ['sources']
const QUERIES = ['source-queries']

export const useSources = () =>
  useQuery({ queryKey: SOURCES, queryFn: () => unwrap(api.GET('/api/v1/sources')) })

export const useNamedQueries = () =>
  useQuery({ queryKey: QUERIES, queryFn: () => unwrap(api.GET('/api/v1/source-queries')) })

export const useSaveSource = () =>
  useChange(
    SOURCES,
    ({ id, body }: { id: string | null; body: SourceWrite }) =>
      id === null
        ? unwrap(api.POST('/api/v1/sources', { body }))
        : unwrap(api.PUT('/api/v1/sources/{source_id}', { params: source(id), body })),
    true,
  )

export const useRemoveSource = () =>
  useChange(SOURCES, (id: string) =>
    unwrap(api.DELETE('/api/v1/sources/{source_id}', { params: source(id) })),
  )

export const useSaveQuery = () =>
  useChange(
    QUERIES,
    ({ id, sourceId, body }: { id: string | null; sourceId: string; body: QueryWrite }) =>
      id === null
        ? unwrap(api.POST('/api/v1/sources/{source_id}/queries', { params: source(sourceId), body }))
        : unwrap(api.PUT('/api/v1/source-queries/{query_id}', { params: query(id), body })),
    true,
  )

export const useRemoveQuery = () =>
  useChange(QUERIES, (id: string) =>
    unwrap(api.DELETE('/api/v1/source-queries/{query_id}', { params: query(id) })),
  )

export const trySource = (id: string, path: string): Promise<Tried> =>
  unwrap(api.POST('/api/v1/sources/{source_id}/try', { params: source(id), body: { path } }))

export const tryQuery = (id: string, parameters: Record<string, string>): Promise<Tried> =>
  unwrap(
    api.POST('/api/v1/source-queries/{query_id}/try', { params: query(id), body: { path: '/', parameters } }),
  )
