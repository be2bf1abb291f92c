// Requests about long exports in the background.

import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'

import { api, saveBlob, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

export type ExportJob = components['schemas']['ExportView']
const LOOK_AGAIN_MS = 1_000

const isUnderWay = (job: ExportJob): boolean => job.state === 'queued' || job.state === 'running'

export const useExportJobs = () =>
  useQuery({
    queryKey: ['export-jobs'],
    queryFn: () => unwrap(api.GET('/api/v1/export-jobs')),
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) ? LOOK_AGAIN_MS : false),
  })

function useChange(send: (id: string) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: send,
    onSettled: () => client.invalidateQueries({ queryKey: ['export-jobs'] }),
  })
}

const path = (job_id: string) => ({ params: { path: { job_id } } })

export const useCancelExport = () =>
  useChange((id) => unwrap(api.POST('/api/v1/export-jobs/{job_id}/cancel', path(id))))

export const useRepeatExport = () =>
  useChange((id) => unwrap(api.POST('/api/v1/export-jobs/{job_id}/again', path(id))))

export const useRemoveExport = () =>
  useChange((id) => unwrap(api.DELETE('/api/v1/export-jobs/{job_id}', path(id))))

export async function downloadExport(job: ExportJob): Promise<void> {
  const blob = await unwrap(
    api.GET('/api/v1/export-jobs/{job_id}/file', { ...path(job.id), parseAs: 'blob' }),
  )
  saveBlob(blob as unknown as Blob, `${job.name}.${job.format}`)
}
