// The form of a hotline with its survey.

import type { HotlineRead } from '@/shared/api/types'
import { translate } from '@/shared/i18n'
import { checkSurvey } from '@/shared/survey/survey'
import type { Problems } from '@/shared/ui/formDrawer'

import type { HotlineForm } from './api'

export const blankHotline = (): HotlineForm => ({
  number: '',
  name: '',
  flow_id: '',
  hours_id: null,
  survey: null,
  outbound_trunk_id: null,
  recording: true,
  region: '',
  web_calls: false,
  duty_number: '',
  further_trunk_ids: [],
})

export function hotlineForm(hotline: HotlineRead): HotlineForm {
  const blank = blankHotline()
  const keys = Object.keys(blank) as (keyof HotlineForm)[]
  return { ...blank, ...Object.fromEntries(keys.map((key) => [key, hotline[key] ?? blank[key]])) }
}

export function checkHotline(form: HotlineForm): Problems {
  const problems: Problems = {}
  if (!/^\+?\d{2,20}$/.test(form.number)) problems.number = translate('form.digits', { min: 2, max: 20 })
  if (!form.name.trim()) problems.name = translate('form.required', { what: translate('hotlines.name') })
  if (!form.flow_id) problems.flow_id = translate('form.choose', { what: translate('hotlines.flow') })
  if (form.duty_number && !/^\+?\d{2,20}$/.test(form.duty_number))
    problems.duty_number = translate('form.digits', { min: 2, max: 20 })
  const survey = checkSurvey(form.survey)
  if (survey) problems.survey = survey
  return problems
}
