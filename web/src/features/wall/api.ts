// The wall boards' requests to the server.

import { useQuery } from '@tanstack/vue-query'
import type { Ref } from 'vue'

import { api, unwrap } from '@/shared/api/client'

import type { WallBoard } from './types'

export const BOARDS_KEY = ['wall-boards']

export const useBoards = () =>
  useQuery({
    queryKey: BOARDS_KEY,
    queryFn: async () => (await unwrap(api.GET('/api/v1/wall-boards'))).items,
  })

/** A board, asked again now and then: it may be changed while it hangs. */
export const useBoard = (id: Ref<string>) =>
  useQuery({
    queryKey: ['wall-board', id],
    queryFn: () =>
      unwrap(api.GET('/api/v1/wall-boards/{board_id}', { params: { path: { board_id: id.value } } })),
    refetchInterval: 60_000,
    refetchIntervalInBackground: true,
    retry: false,
  })

export function saveBoard({ id, name, theme, pages }: WallBoard) {
  const body = { name, theme, pages }
  if (!id) return unwrap(api.POST('/api/v1/wall-boards', { body }))
  return unwrap(api.PUT('/api/v1/wall-boards/{board_id}', { params: { path: { board_id: id } }, body }))
}

export const removeBoard = (id: string) =>
  unwrap(api.DELETE('/api/v1/wall-boards/{board_id}', { params: { path: { board_id: id } } }))

/** The version of the running server: another one means that this page is old. */
export async function serverVersion(): Promise<string> {
  return (await unwrap(api.GET('/api/v1/health'))).version
}

/** Lets the session go on: it ends twelve hours after the last request. */
export const keepSession = (): Promise<unknown> => unwrap(api.GET('/api/v1/session'))
