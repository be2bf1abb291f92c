// A list taken out: at once while it is short, as a job in the background when the server says that it is too long.

import { api, ApiError, unwrap } from './client'
import type { components } from './generated'

/** `saved`: the browser has the file. `queued`: it is being made, and waits on the page of exports. */
export type Exported = 'saved' | 'queued'

export async function exportOrQueue(
  direct: () => Promise<void>,
  job: components['schemas']['ExportRequest'],
): Promise<Exported> {
  try {
    await direct()
    return 'saved'
  } catch (failure) {
    if (!(failure instanceof ApiError) || failure.code !== 'export_too_long') throw failure
  }
  await unwrap(api.POST('/api/v1/export-jobs', { body: job }))
  return 'queued'
}
