// Routes of all features, and the guard before them: log-in first, then permission.

import {
  createRouter,
  createWebHistory,
  type RouteLocationNormalized,
  type RouteRecordRaw,
  type Router,
} from 'vue-router'

import { fetchMe } from '@/features/session/api'
import { ApiError } from '@/shared/api/client'
import { translate } from '@/shared/i18n'
import type { WebModule } from '@/shared/module'
import type { useSession } from '@/shared/session/session'

type Session = ReturnType<typeof useSession>

/** Why one is led to the log-in page: nobody was logged in, the session has ended, the server cannot be reached. */
type Why = 'new' | 'expired' | 'unreachable'

/** Ask the server who we are, once after a reload. Null when we are somebody. */
async function whyNobody(session: Session): Promise<Why | null> {
  if (!session.token) return 'new'
  if (session.user) return null
  try {
    session.open(session.token, await fetchMe())
    return null
  } catch (error) {
    // Out of reach is not logged out: the token is kept, and the log-in page goes on with it by itself.
    if (!(error instanceof ApiError) || error.status !== 401) return 'unreachable'
    session.close()
    return 'expired'
  }
}

async function guard(to: RouteLocationNormalized, session: Session) {
  if (to.meta.public) return true
  const why = await whyNobody(session)
  if (why) return { name: 'login', query: { next: to.fullPath, ...(why === 'new' ? {} : { why }) } }
  if (session.user?.must_change_password && to.name !== 'password') return { name: 'password' }
  if (!session.may(...(to.meta.permissions ?? []))) return { name: 'forbidden', replace: true }
  return true
}

const inside = (route: RouteRecordRaw): boolean => !route.meta?.public && !route.meta?.bare

export function makeRouter(modules: WebModule[], session: Session): Router {
  const all = modules.flatMap((module) => module.routes)
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      ...all.filter((route) => !inside(route)),
      {
        path: '/',
        component: () => import('./shell/AppShell.vue'),
        children: [
          { path: '', redirect: '/start' },
          ...all.filter(inside),
          { path: 'forbidden', name: 'forbidden', component: () => import('./pages/ForbiddenPage.vue') },
          { path: ':rest(.*)*', name: 'not-found', component: () => import('./pages/NotFoundPage.vue') },
        ],
      },
    ],
  })
  router.beforeEach((to) => guard(to, session))
  router.afterEach((to) => {
    const name = translate('app.name')
    document.title = to.meta.title ? `${translate(to.meta.title)} · ${name}` : name
  })
  return router
}
