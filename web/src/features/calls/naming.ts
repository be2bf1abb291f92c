// How a call is named on screen.

import { phoneNumber } from '@/shared/format/number'
import { translate, translateOr } from '@/shared/i18n'

import type { CallRow } from '@/shared/api/types'

/** What networks write instead of a number. */
const WITHHELD = 'anonymous'

/** The other party: their number, or what is known of them without one. */
export function partyName(call: CallRow): string {
  const number = call.direction === 'outbound' ? call.dnis : call.ani
  if (number && number !== WITHHELD) return phoneNumber(number)
  return translate(call.web ? 'calls.web' : 'calls.anonymous')
}

export function dispositionName(call: CallRow): string {
  if (!call.disposition) return translate('calls.running')
  return call.disposition_name || translateOr(`disposition.${call.disposition}`, call.disposition)
}
