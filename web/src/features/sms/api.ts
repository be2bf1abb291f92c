// Requests about short messages.

import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

type Schemas = components['schemas']
export type SmsMessage = Schemas['SmsMessageRead']
export type SmsGateway = Schemas['SmsGatewayRead']
export type SmsGatewayFields = Schemas['SmsGatewayFields']
export type SmsState = Schemas['SmsState']

export interface OutboxFilter {
  states: SmsState[]
  purpose: string
  number: string
  words: string
  id: string
}

const REFRESH_MS = 5000

export const useMessages = (filter: Ref<OutboxFilter>, pages: Ref<number>) =>
  useQuery({
    queryKey: computed(() => ['sms', 'messages', filter.value, pages.value]),
    refetchInterval: REFRESH_MS,
    queryFn: async () => {
      const items: SmsMessage[] = []
      let cursor: string | null | undefined
      for (let page = 0; page < pages.value; page += 1) {
        const found = await unwrap(
          api.GET('/api/v1/sms/messages', {
            params: {
              query: {
                state: filter.value.states.length ? filter.value.states : undefined,
                purpose: filter.value.purpose,
                number: filter.value.number,
                q: filter.value.words,
                cursor: cursor ?? undefined,
              },
            },
          }),
        )
        items.push(...found.items)
        cursor = found.next_cursor
        if (!cursor) break
      }
      return { items, more: Boolean(cursor) }
    },
  })

export const useCounts = () =>
  useQuery({
    queryKey: ['sms', 'counts'],
    refetchInterval: REFRESH_MS,
    queryFn: () => unwrap(api.GET('/api/v1/sms/counts')),
  })

export const fetchMessage = (id: string) =>
  unwrap(api.GET('/api/v1/sms/messages/{message_id}', { params: { path: { message_id: id } } }))

export const useSend = () =>
  useChange(['sms'], (body: Schemas['SmsSend']) => unwrap(api.POST('/api/v1/sms/messages', { body })), true)
export const useResend = () =>
  useChange(['sms'], (id: string) =>
    unwrap(api.POST('/api/v1/sms/messages/{message_id}/resend', { params: { path: { message_id: id } } })),
  )
export const useCancel = () =>
  useChange(['sms'], (id: string) =>
    unwrap(api.POST('/api/v1/sms/messages/{message_id}/cancel', { params: { path: { message_id: id } } })),
  )

export const useReceived = (number: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['sms', 'received', number.value]),
    refetchInterval: REFRESH_MS,
    queryFn: () =>
      unwrap(api.GET('/api/v1/sms/received', { params: { query: { number: number.value, limit: 200 } } })),
  })
export const useSeen = () =>
  useChange(['sms'], (id: string) =>
    unwrap(api.POST('/api/v1/sms/received/{inbound_id}/seen', { params: { path: { inbound_id: id } } })),
  )

export const useBlocked = (number: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['sms', 'blocked', number.value]),
    queryFn: () => unwrap(api.GET('/api/v1/sms/blocked', { params: { query: { number: number.value } } })),
  })
export const useBlock = () =>
  useChange(
    ['sms'],
    (body: Schemas['SmsBlockedFields']) => unwrap(api.POST('/api/v1/sms/blocked', { body })),
    true,
  )
export const useUnblock = () =>
  useChange(['sms'], (number: string) =>
    unwrap(api.DELETE('/api/v1/sms/blocked/{number}', { params: { path: { number } } })),
  )

export const useGateways = (enabled: boolean) =>
  useQuery({
    queryKey: ['sms', 'gateways'],
    enabled,
    refetchInterval: REFRESH_MS,
    queryFn: () => unwrap(api.GET('/api/v1/sms/gateways')),
  })
const one = (id: string) => ({ path: { gateway_id: id } })
export const useSaveGateway = () =>
  useChange(
    ['sms'],
    ({ id, form }: { id: string | null; form: SmsGatewayFields }) =>
      id === null
        ? unwrap(api.POST('/api/v1/sms/gateways', { body: form }))
        : unwrap(api.PATCH('/api/v1/sms/gateways/{gateway_id}', { params: one(id), body: form })),
    true,
  )
export const useRemoveGateway = () =>
  useChange(['sms'], (id: string) =>
    unwrap(api.DELETE('/api/v1/sms/gateways/{gateway_id}', { params: one(id) })),
  )
export const makeNotifyAddress = (id: string) =>
  unwrap(api.POST('/api/v1/sms/gateways/{gateway_id}/notify-address', { params: one(id) }))
export const testGateway = (id: string, to: string) =>
  unwrap(
    api.POST('/api/v1/sms/gateways/{gateway_id}/test', {
      params: one(id),
      body: { to, text: '这是一条测试短信。' },
    }),
  )
