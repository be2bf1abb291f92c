// What the page of a survey asks of the server.

import { useQuery } from '@tanstack/vue-query'

import { api, ApiError, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

type Schemas = components['schemas']
type Reply = Schemas['SurveyReply']

const of = (token: string) => ({ path: { token } })

/** A link that nobody knows stays unknown: only what may pass is tried again. */
const mayPass = (error: unknown): boolean => !(error instanceof ApiError) || error.status >= 500

export const usePage = (token: string) =>
  useQuery({
    queryKey: ['surveys', token],
    queryFn: () => unwrap(api.GET('/api/v1/public/surveys/{token}', { params: of(token) })),
    retry: (count, error) => mayPass(error) && count < 2,
    refetchOnWindowFocus: false,
  })

export const answer = (token: string, body: Reply) =>
  unwrap(api.POST('/api/v1/public/surveys/{token}', { params: of(token), body }))
