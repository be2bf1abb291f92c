// Log-in and log-out.

import { api, unwrap } from '@/shared/api/client'
import type { Me } from '@/shared/api/types'
import { useSession } from '@/shared/session/session'

export const fetchMe = (): Promise<Me> => unwrap(api.GET('/api/v1/session'))

export async function logIn(username: string, password: string): Promise<void> {
  const opened = await unwrap(api.POST('/api/v1/session', { body: { username, password } }))
  useSession().open(opened.token, opened.user)
}

/** The window forgets its session even when the server cannot be told. */
export async function logOut(): Promise<void> {
  try {
    await unwrap(api.DELETE('/api/v1/session'))
  } finally {
    useSession().close()
  }
}

export async function changePassword(old: string, next: string): Promise<void> {
  await unwrap(api.PUT('/api/v1/session/password', { body: { old, new: next } }))
  const session = useSession()
  if (session.token) session.open(session.token, await fetchMe())
}
