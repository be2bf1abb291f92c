// The satisfaction survey as a form: of a hotline, or of a queue that has its own.

import type { Survey } from '@/shared/api/types'
import { translate } from '@/shared/i18n'

export type Grade = Survey['grades'][number]

export const blankSurvey = (): Survey => ({
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
  second: null,
  way: 'spoken',
  link: null,
})

export const WAYS = ['spoken', 'link', 'link_when_missed'] as const

export const blankLink = (): NonNullable<Survey['link']> => ({
  text: '您好，请对刚才的通话服务作出评价，点击链接：{link} （{hours}小时内有效）',
  question: '您对本次服务是否满意？',
  second: '您的问题解决了吗？',
  thanks: '感谢您的评价！',
  valid_h: 24,
})

export const blankSecond = (): NonNullable<Survey['second']> => ({
  ask: '',
  grades: [
    { key: '1', grade: 1, label: '已解决', satisfied: true },
    { key: '2', grade: 2, label: '未解决', satisfied: false },
  ],
  only_unsatisfied: false,
})

function checkGrades(grades: Grade[]): string {
  const keys = grades.map((grade) => grade.key)
  if (new Set(keys).size !== keys.length) return translate('survey.keysDiffer')
  if (keys.some((key) => !/^\d$/.test(key))) return translate('survey.keyIsDigit')
  return grades.some((grade) => !grade.label.trim()) ? translate('survey.labelNeeded') : ''
}

/** What is wrong with a survey, in the user's language; "" when all is well. */
export function checkSurvey(survey: Survey | null | undefined): string {
  if (!survey) return ''
  if (survey.second && !survey.second.ask) return translate('survey.secondNeedsPrompt')
  if (survey.way !== 'spoken' && survey.link?.text.split('{link}').length !== 2)
    return translate('survey.linkNeeded')
  return checkGrades(survey.grades) || (survey.second ? checkGrades(survey.second.grades) : '')
}
