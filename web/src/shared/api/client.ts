// Speaks HTTP with the server through the generated description: adds token and language, turns refusals into ApiError.
// Knows no screen.

import createClient, { type Middleware } from 'openapi-fetch'

import type { paths } from './generated'

/** A refused or failed request. `code` is stable and can be translated; status 0 means the server was not reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: unknown = null,
  ) {
    super(message)
    this.name = 'ApiError'
  }

  /** What is wrong with single fields, by the field's name as the server writes it. */
  get fields(): Record<string, string> {
    const { fields } = (this.details ?? {}) as { fields?: { field: string; message: string }[] }
    return Object.fromEntries((fields ?? []).map(({ field, message }) => [field, message]))
  }
}

interface ClientHooks {
  token(): string | null
  language(): string
  onUnauthorised(): void
}

let hooks: ClientHooks = { token: () => null, language: () => 'zh-CN', onUnauthorised: () => undefined }

/** Give the client its session; called once at the start of the application. */
export function connectClient(given: ClientHooks): void {
  hooks = given
}

const withSession: Middleware = {
  onRequest({ request }) {
    const token = hooks.token()
    if (token) request.headers.set('Authorization', `Bearer ${token}`)
    request.headers.set('Accept-Language', hooks.language())
  },
}

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => globalThis.fetch(request),
})
api.use(withSession)

interface Outcome<T> {
  data?: T
  error?: unknown
  response: Response
}

function failureOf(status: number, body: unknown): ApiError {
  const { error } = (body ?? {}) as { error?: { code?: string; message?: string; details?: unknown } }
  if (error?.code) return new ApiError(status, error.code, error.message ?? '', error.details ?? null)
  // Not our shape: a proxy or a crash answered; the status is all there is.
  return new ApiError(status, status >= 500 ? 'server_error' : `http_${status}`, '')
}

/** The answer of a request, or the ApiError it failed with: openapi-fetch returns errors instead of throwing. */
export async function unwrap<T>(request: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>
  try {
    outcome = await request
  } catch {
    throw new ApiError(0, 'unreachable', '')
  }
  if (outcome.response.ok) return outcome.data as T
  // A wrong password at log-in is 401 too, but there is no session to lose then.
  if (outcome.response.status === 401 && hooks.token()) hooks.onUnauthorised()
  throw failureOf(outcome.response.status, outcome.error)
}

/** A query without its empty entries: an empty filter is no filter. */
export function present<T extends object>(query: T): { [K in keyof T]: Exclude<T[K], '' | null> } {
  const kept = Object.entries(query).filter(
    ([, value]) => value !== '' && value !== null && value !== undefined,
  )
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], '' | null> }
}

/** Hand a blob to the browser as a download. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
