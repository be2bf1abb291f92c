// Requests about the audit trail.

import { useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, present, unwrap } from '@/shared/api/client'

export interface AuditQuery {
  from: string
  to: string
  user: string
  action: string
}

const PAGE_SIZE = 100

export const useAudit = (query: Ref<AuditQuery>) =>
  useInfiniteQuery({
    queryKey: computed(() => ['audit', query.value]),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/audit', {
          params: { query: present({ ...query.value, limit: PAGE_SIZE, cursor: pageParam }) },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  })

export const checkIntegrity = () => unwrap(api.GET('/api/v1/audit/integrity'))
