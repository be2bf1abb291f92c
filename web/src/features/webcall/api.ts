// What a citizen's browser may ask of the server.

import { useQuery } from '@tanstack/vue-query'

import { api, unwrap } from '@/shared/api/client'

export const useWebHotlines = () =>
  useQuery({ queryKey: ['webcall', 'hotlines'], queryFn: () => unwrap(api.GET('/api/v1/webcall/hotlines')) })

export const openWebCall = (number: string) =>
  unwrap(api.POST('/api/v1/webcall/session', { body: { number } }))
