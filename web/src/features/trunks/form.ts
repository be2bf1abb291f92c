// The form of a trunk.

import type { TrunkRead } from '@/shared/api/types'
import { translate } from '@/shared/i18n'
import type { Problems } from '@/shared/ui/formDrawer'

import type { TrunkForm } from './api'
import { rulesProblem } from './rules'

export const blankTrunk = (): TrunkForm => ({
  name: '',
  peers: [],
  gateway: '',
  max_calls: 30,
  max_outbound: 0,
  codecs: ['PCMA', 'PCMU'],
  transport: 'udp',
  numbers: [],
  inbound_rules: [],
  outbound_rules: [],
  username: '',
  password: '',
})

export function trunkForm(trunk: TrunkRead): TrunkForm {
  const blank = blankTrunk()
  const keys = Object.keys(blank).filter((key) => key !== 'password') as (keyof TrunkRead & keyof TrunkForm)[]
  return { ...blank, ...Object.fromEntries(keys.map((key) => [key, trunk[key] ?? blank[key]])) }
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
  for (const field of ['inbound_rules', 'outbound_rules'] as const) {
    const problem = rulesProblem(form[field])
    if (problem) problems[field] = translate(`trunks.${problem}`)
  }
  return problems
}
