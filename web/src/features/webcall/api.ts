// What a citizen's browser may ask of the server.

import { useQuery } from '@tanstack/vue-query'

import { get, send } from '@/shared/api/client'
import type { PhoneCredentials } from '@/shared/phone/browserPhone'

export interface WebHotline {
  number: string
  name: string
}

export interface WebCallSession extends PhoneCredentials {
  target: string
}

export const useWebHotlines = () =>
  useQuery({
    queryKey: ['webcall', 'hotlines'],
    queryFn: async () => {
      const answer = await get<WebHotline[] | { items: WebHotline[] }>('/webcall/hotlines')
      return Array.isArray(answer) ? answer : answer.items
    },
  })

export const openWebCall = (number: string) => send<WebCallSession>('POST', '/webcall/session', { number })
