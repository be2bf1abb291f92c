// How a call is named on screen.

import { translate, translateOr } from '@/shared/i18n'

import type { CallRow } from '@/shared/api/types'

/** The number that is not ours. */
export const otherParty = (call: CallRow): string => (call.direction === 'outbound' ? call.dnis : call.ani)

export function dispositionName(call: CallRow): string {
  if (!call.disposition) return translate('calls.running')
  return call.disposition_name || translateOr(`disposition.${call.disposition}`, call.disposition)
}
