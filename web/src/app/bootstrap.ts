// Wires everything once: store, router, words, query cache, HTTP client.

import { MutationCache, QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { ApiError, connectClient } from '@/shared/api/client'
import { addMessages, currentLocale, i18n, setLocale } from '@/shared/i18n'
import { useSession } from '@/shared/session/session'
import { toastError } from '@/shared/ui/feedback'

import App from './App.vue'
import { modules } from './modules'
import { makeRouter } from './router'

const RETRIES = 2

function makeQueryClient(): QueryClient {
  return new QueryClient({
    // A failed change is always said aloud; forms say it at their fields instead.
    mutationCache: new MutationCache({
      onError: (error, _input, _result, mutation) => {
        if (!mutation.meta?.quiet) toastError(error)
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: false,
        // Refusals do not become grants by asking again; only faults are worth a retry.
        retry: (failures, error) =>
          failures < RETRIES && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      },
    },
  })
}

export function startApplication(place: string): void {
  addMessages(modules)
  setLocale(currentLocale())
  const app = createApp(App)
  app.use(createPinia())
  const session = useSession()
  const queryClient = makeQueryClient()
  const router = makeRouter(modules, session)
  connectClient({
    token: () => session.token,
    language: currentLocale,
    onUnauthorised() {
      session.close()
      queryClient.clear()
      const { fullPath, name, meta } = router.currentRoute.value
      // A wall board explains itself what happened; nobody sits before it.
      if (name !== 'login' && !meta.bare)
        void router.replace({ name: 'login', query: { next: fullPath, why: 'expired' } })
    },
  })
  app.use(i18n).use(VueQueryPlugin, { queryClient }).use(router)
  app.mount(place)
}
