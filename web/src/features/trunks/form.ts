// The form of a trunk.

import type { TrunkRead } from '@/shared/api/types'
import { translate } from '@/shared/i18n'
import type { Problems } from '@/shared/ui/formDrawer'

import type { TrunkForm } from './api'

export const blankTrunk = (): TrunkForm => ({
  name: '',
  peers: [],
  gateway: '',
  max_calls: 30,
  codecs: ['PCMA', 'PCMU'],
  transport: 'udp',
  numbers: [],
  username: '',
  password: '',
})

export function trunkForm(trunk: TrunkRead): TrunkForm {
  const { name, peers, gateway, max_calls, codecs, transport, numbers, username } = trunk
  return { ...blankTrunk(), name, peers, gateway, max_calls, codecs, transport, numbers, username }
}

export function checkTrunk(form: TrunkForm): Problems {
  const problems: Problems = {}
  if (!form.name.trim()) problems.name = translate('form.required', { what: translate('trunks.name') })
  if (form.peers.length === 0)
    problems.peers = translate('form.required', { what: translate('trunks.peers') })
  if (form.codecs.length === 0)
    problems.codecs = translate('form.choose', { what: translate('trunks.codecs') })
  if (form.numbers.some((number) => !/^\+?\d{2,20}$/.test(number)))
    problems.numbers = translate('form.digits', { min: 2, max: 20 })
  return problems
}
