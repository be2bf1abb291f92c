// What the first page needs to know.

import { useQuery } from '@tanstack/vue-query'

import { get } from '@/shared/api/client'

export interface StartInfo {
  demo: boolean
  service_number?: string | null
  sip_uri?: string | null
  sip_address?: string | null
  numbers?: { number: string; name: string }[]
  hints?: string[]
  logins?: { username: string; name: string; role_name?: string; role?: string }[]
}

export const useStartInfo = () => useQuery({ queryKey: ['start'], queryFn: () => get<StartInfo>('/start') })
