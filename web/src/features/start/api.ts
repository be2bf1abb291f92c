// What the first page needs to know.

import { useQuery } from '@tanstack/vue-query'

import { api, unwrap } from '@/shared/api/client'

export const useStartInfo = () =>
  useQuery({ queryKey: ['start'], queryFn: () => unwrap(api.GET('/api/v1/start')) })
