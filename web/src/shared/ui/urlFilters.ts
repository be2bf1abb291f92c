// Filters live in the address: a page can be sent to a colleague, reloaded, and gone back to.

import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

export interface UrlFilters<T extends Record<string, string>> {
  filters: ComputedRef<T>
  set(change: Partial<T>): void
  reset(): void
  changed: ComputedRef<boolean>
}

/** Filters with their defaults; a filter at its default is left out of the address. */
export function useUrlFilters<T extends Record<string, string>>(defaults: T): UrlFilters<T> {
  const route = useRoute()
  const router = useRouter()
  const filters = computed(() => {
    const now = { ...defaults }
    for (const key of Object.keys(defaults) as (keyof T & string)[]) {
      const given = route.query[key]
      if (typeof given === 'string') now[key] = given as T[typeof key]
    }
    return now
  })
  const write = (next: T): void => {
    const query = { ...route.query }
    for (const [key, value] of Object.entries(next)) {
      if (value === defaults[key]) delete query[key]
      else query[key] = value
    }
    void router.replace({ query })
  }
  return {
    filters,
    set: (change) => write({ ...filters.value, ...change }),
    reset: () => write(defaults),
    changed: computed(() => Object.keys(defaults).some((key) => filters.value[key] !== defaults[key])),
  }
}
