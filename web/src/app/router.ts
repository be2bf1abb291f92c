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

/** Ask the server who we are, once after a reload. False when the session has ended. */
async function knowUser(session: Session): Promise<boolean> {
  if (!session.token) return false
  if (session.user) return true
  try {
    session.open(session.token, await fetchMe())
    return true
  } catch (error) {
    // Out of reach is not logged out: keep the token, so that a reload later goes on.
    if (error instanceof ApiError && error.status === 401) session.close()
    return false
  }
}

async function guard(to: RouteLocationNormalized, session: Session) {
  if (to.meta.public) return true
  if (!(await knowUser(session))) return { name: 'login', query: { next: to.fullPath } }
  if (session.user?.must_change_password && to.name !== 'password') return { name: 'password' }
  if (!session.may(...(to.meta.permissions ?? []))) return { name: 'forbidden', replace: true }
  return true
}

const inside = (route: RouteRecordRaw): boolean => !route.meta?.public

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
