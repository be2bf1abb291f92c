// Own reports by e-mail: schedules, sending at once, what became of each sending.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'

import { api, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

type Schemas = components['schemas']
export type Schedule = Schemas['ScheduleView']
export type Sending = Schemas['SendingView']
export type ScheduleForm = Required<Schemas['ScheduleFields']>

export const FREQUENCIES = ['daily', 'weekly', 'monthly'] as const
export const MAIL_PERIODS = ['yesterday', 'last7', 'lastWeek', 'thisMonth', 'lastMonth'] as const
export const MAIL_FORMATS = ['xlsx', 'pdf', 'csv'] as const
const ADDRESS = /^[^\s@<>()[\]\\,;:"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/

/** Whether a text looks like one e-mail address; the server looks closer. */
export const isAddress = (text: string): boolean => ADDRESS.test(text.trim())

export const blankSchedule = (report_id = ''): ScheduleForm => ({
  report_id,
  frequency: 'daily',
  weekday: 1,
  monthday: 1,
  at: '08:00',
  period: 'yesterday',
  format: 'xlsx',
  recipients: [],
  paused: false,
})

export const formOfSchedule = (row: Schedule): ScheduleForm => ({
  report_id: row.report_id,
  frequency: row.frequency,
  weekday: row.weekday,
  monthday: row.monthday,
  at: row.at,
  period: row.period,
  format: row.format,
  recipients: [...row.recipients],
  paused: row.paused,
})

export const useSchedules = () =>
  useQuery({
    queryKey: ['report-schedules'],
    queryFn: () => unwrap(api.GET('/api/v1/report-schedules')),
  })

function useChange<Given>(send: (given: Given) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: send,
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['report-schedules'] }),
        client.invalidateQueries({ queryKey: ['report-sendings'] }),
      ]),
  })
}

export const useSaveSchedule = () =>
  useChange(({ id, form }: { id: string | null; form: ScheduleForm }) =>
    id === null
      ? unwrap(api.POST('/api/v1/report-schedules', { body: form }))
      : unwrap(
          api.PUT('/api/v1/report-schedules/{schedule_id}', {
            params: { path: { schedule_id: id } },
            body: form,
          }),
        ),
  )

export const useRemoveSchedule = () =>
  useChange((id: string) =>
    unwrap(api.DELETE('/api/v1/report-schedules/{schedule_id}', { params: { path: { schedule_id: id } } })),
  )

export const useSendNow = () =>
  useChange((id: string) =>
    unwrap(
      api.POST('/api/v1/report-schedules/{schedule_id}/send', { params: { path: { schedule_id: id } } }),
    ),
  )

export const useRepeatSending = () =>
  useChange((id: string) =>
    unwrap(
      api.POST('/api/v1/report-schedules/sendings/{sending_id}/repeat', {
        params: { path: { sending_id: id } },
      }),
    ),
  )

const LOOK_AGAIN_MS = 5_000
const UNDER_WAY = new Set(['queued', 'sending'])

/** The history, looked at again while something is under way. */
export function useSendings() {
  const query = useInfiniteQuery({
    queryKey: ['report-sendings'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/report-schedules/sendings', {
          params: { query: pageParam ? { cursor: pageParam } : {} },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.items.some((one) => UNDER_WAY.has(one.state)) ? LOOK_AGAIN_MS : false,
  })
  return { ...query, rows: computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? []) }
}
