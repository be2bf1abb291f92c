// Who is logged in at this window. The token lives in sessionStorage: it survives a reload, ends with the window,
// and lets two windows of one browser be two people (an agent and a leader on one screen).

import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import type { Me } from '@/shared/api/types'

const KEY = 'hotline.token'

export const useSession = defineStore('session', () => {
  const token = ref<string | null>(sessionStorage.getItem(KEY))
  const user = ref<Me | null>(null)
  const permissions = computed(() => new Set(user.value?.permissions))

  function open(newToken: string, me: Me): void {
    sessionStorage.setItem(KEY, newToken)
    token.value = newToken
    user.value = me
  }

  function close(): void {
    sessionStorage.removeItem(KEY)
    token.value = null
    user.value = null
  }

  /** True when nothing is required, or any one of the named permissions is held. */
  function may(...wanted: string[]): boolean {
    return wanted.length === 0 || wanted.some((permission) => permissions.value.has(permission))
  }

  return { token, user, open, close, may }
})
