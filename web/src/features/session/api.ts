// Log-in and log-out.

import { get, send } from '@/shared/api/client'
import type { SessionCreated } from '@/shared/api/types'
import { useSession } from '@/shared/session/session'

export async function logIn(username: string, password: string): Promise<void> {
  const created = await send<SessionCreated>('POST', '/session', { username, password })
  useSession().open(created.token, created.user)
}

/** The window forgets its session even when the server cannot be told. */
export async function logOut(): Promise<void> {
  try {
    await send('DELETE', '/session')
  } finally {
    useSession().close()
  }
}

export async function changePassword(old: string, next: string): Promise<void> {
  await send('PUT', '/session/password', { old, new: next })
  const session = useSession()
  if (session.token) session.open(session.token, await get('/session'))
}
