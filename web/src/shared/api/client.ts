// Speaks HTTP with the server: adds the session token, turns refusals into ApiError. Knows no screen.

const BASE = '/api/v1'

export type QueryValue = string | number | boolean | null | undefined
export type Query = Record<string, QueryValue | string[]>
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

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

/** The address of an API path with its query, without empty values. */
export function apiUrl(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const single of Array.isArray(value) ? value : [value]) {
      if (single !== null && single !== undefined && single !== '') parameters.append(key, String(single))
    }
  }
  const text = parameters.toString()
  return `${BASE}${path}${text ? `?${text}` : ''}`
}

function headersFor(body: unknown): Headers {
  const headers = new Headers({ 'Accept-Language': hooks.language() })
  const token = hooks.token()
  if (token) headers.set('Authorization', `Bearer ${token}`)
  if (body !== undefined && !(body instanceof FormData)) headers.set('Content-Type', 'application/json')
  return headers
}

async function failure(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as {
      error?: { code?: string; message?: string; details?: unknown }
    }
    if (error?.code)
      return new ApiError(response.status, error.code, error.message ?? '', error.details ?? null)
  } catch {
    // Not JSON: a proxy or a crash answered; the status is all there is.
  }
  return new ApiError(
    response.status,
    response.status >= 500 ? 'server_error' : `http_${response.status}`,
    '',
  )
}

async function fetchOk(method: Method, path: string, query?: Query, body?: unknown): Promise<Response> {
  let response: Response
  try {
    response = await fetch(apiUrl(path, query), {
      method,
      headers: headersFor(body),
      body: body === undefined ? null : body instanceof FormData ? body : JSON.stringify(body),
    })
  } catch {
    throw new ApiError(0, 'unreachable', '')
  }
  if (response.ok) return response
  const error = await failure(response)
  // A wrong password at log-in is 401 too, but there is no session to lose then.
  if (response.status === 401 && hooks.token()) hooks.onUnauthorised()
  throw error
}

async function json<T>(response: Response): Promise<T> {
  const text = await response.text()
  return (text ? JSON.parse(text) : null) as T
}

/** Ask for something. Throws ApiError. */
export async function get<T>(path: string, query?: Query): Promise<T> {
  return json<T>(await fetchOk('GET', path, query))
}

/** Change something. Throws ApiError. */
export async function send<T = null>(
  method: Exclude<Method, 'GET'>,
  path: string,
  body?: unknown,
): Promise<T> {
  return json<T>(await fetchOk(method, path, undefined, body))
}

/** Fetch a protected file (audio, export) as a blob. Throws ApiError. */
export async function getBlob(path: string, query?: Query): Promise<Blob> {
  return (await fetchOk('GET', path, query)).blob()
}

/** Hand a blob to the browser as a download. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
