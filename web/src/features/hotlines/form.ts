// The form of a hotline with its survey.

import type { HotlineRead } from '@/shared/api/types'
import { translate } from '@/shared/i18n'
import type { Problems } from '@/shared/ui/formDrawer'

import type { HotlineForm } from './api'

export type SurveyForm = NonNullable<HotlineForm['survey']>

export const blankSurvey = (): SurveyForm => ({
  ask: 'survey_ask',
  thanks: 'survey_thanks',
  invalid: 'survey_invalid',
  grades: [
    { key: '1', grade: 1, label: '满意', satisfied: true },
    { key: '2', grade: 2, label: '基本满意', satisfied: true },
    { key: '3', grade: 3, label: '不满意', satisfied: false },
  ],
  timeout_s: 8,
  retries: 1,
})

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
  if (form.survey) {
    const keys = form.survey.grades.map((grade) => grade.key)
    if (new Set(keys).size !== keys.length) problems.survey = translate('hotlines.keysDiffer')
    else if (keys.some((key) => !/^\d$/.test(key))) problems.survey = translate('hotlines.keyIsDigit')
    else if (form.survey.grades.some((grade) => !grade.label.trim()))
      problems.survey = translate('hotlines.labelNeeded')
  }
  return problems
}
