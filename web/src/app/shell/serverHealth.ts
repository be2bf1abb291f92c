// What the server says of itself, for the banner over every page: asked seldom while all is well, often while it is not,
// and at once when an answer says that the database is away.

import { computed, onBeforeUnmount } from 'vue'
import { useQuery, useQueryClient } from '@tanstack/vue-query'

import { api, ApiError } from '@/shared/api/client'

const SELDOM_MS = 30_000
const OFTEN_MS = 3_000
const KEY = ['server-health']
const SIGNS = new Set(['database_unavailable', 'engine_down', 'standby', 'starting'])

export interface ServerHealth {
  database: boolean
  engine: boolean
}

/** Ask the server how it does; a degraded one answers 503 with the same body. A server that cannot be reached is the streams' matter. */
async function askHealth(): Promise<ServerHealth> {
  const { data, error } = await api.GET('/api/v1/health')
  const said = data ?? error
  if (!said || !('database' in said)) return { database: true, engine: true }
  return { database: said.database === 'ok', engine: said.engine.up }
}

/** Whether an error says that something behind the server is away. */
export function isSign(error: unknown): boolean {
  return error instanceof ApiError && SIGNS.has(error.code)
}

/** The key of the banner's text, '' when there is nothing to say. */
export function bannerOf(health: ServerHealth | undefined): '' | 'database' | 'engine' {
  if (!health) return ''
  if (!health.database) return 'database'
  return health.engine ? '' : 'engine'
}

export function useServerHealth() {
  const client = useQueryClient()
  const { data, refetch } = useQuery({
    queryKey: KEY,
    queryFn: askHealth,
    retry: false,
    refetchInterval: (query) => (bannerOf(query.state.data) ? OFTEN_MS : SELDOM_MS),
  })
  const look = (error: unknown) => {
    if (isSign(error) && !bannerOf(data.value)) void refetch()
  }
  const leave = [
    client.getQueryCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'error') look(event.action.error)
    }),
    client.getMutationCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'error') look(event.action.error)
    }),
  ]
  onBeforeUnmount(() => leave.forEach((stop) => stop()))
  return { banner: computed(() => bannerOf(data.value)) }
}
