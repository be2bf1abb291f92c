// The form of a contract: what a new one looks like, and what must hold before it is sent.

import { translate } from '@/shared/i18n'
import type { Problems } from '@/shared/ui/formDrawer'

import type { ContractForm, ContractRead, FigureForm, RuleForm } from './api'

export const PERIODS = ['month', 'quarter', 'half_year', 'year', 'whole'] as const
export const UNITS = ['ratio', 'permille', 'count', 'duration', 'number'] as const
export const WHENS = ['failed', 'per_day', 'per_point', 'repeated'] as const
export const KINDS = ['deduct', 'withhold', 'terminate', 'warn'] as const

export const blankFigure = (taken: string[], metric: string | null): FigureForm => {
  let number = taken.length + 1
  while (taken.includes(`f${number}`)) number += 1
  return {
    key: `f${number}`,
    name: '',
    metric,
    variant: '',
    unit: 'ratio',
    formula: '',
    target: '95',
    direction: 'at_least',
    per: 'period',
    allowed_days: 0,
    days: 'all',
    hours: null,
    capacity: null,
  }
}

export const blankRule = (): RuleForm => ({
  figure: null,
  when: 'failed',
  kind: 'deduct',
  amount: '1000',
  percent: null,
  most: null,
  step: '1',
  begun: false,
  after: 1,
  in_a_row: false,
})

/** A built-in figure of public-service contracts (KPI-2) as a starting point. */
export interface Template {
  name: string
  figure: Partial<FigureForm>
}

export const TEMPLATES: Template[] = [
  {
    name: '日均人工接通率',
    figure: {
      metric: 'agent_answer_rate',
      per: 'day',
      target: '95',
      capacity: { agents: 6, calls_each: 80, counts: 'reaching' },
    },
  },
  {
    name: '工作时间接通率',
    figure: { metric: 'agent_answer_rate', target: '95', hours: { start: '09:00', end: '17:30' } },
  },
  { name: '20秒服务水平', figure: { metric: 'service_level', target: '80' } },
  { name: '连续24小时接通率', figure: { metric: 'rolling_24h_connect_rate', target: '95' } },
  { name: '满意率', figure: { metric: 'satisfaction_rate', target: '95' } },
  {
    name: '全年投诉件数',
    figure: { unit: 'count', target: '5', direction: 'at_most', formula: '考核期内投诉件数' },
  },
  {
    name: '有效投诉率',
    figure: { unit: 'permille', target: '1', direction: 'at_most', formula: '有效投诉件数 ÷ 人工接听量' },
  },
  {
    name: '工作差错率',
    figure: { unit: 'permille', target: '2', direction: 'at_most', formula: '差错件数 ÷ 受理件数' },
  },
  { name: '质检合格率', figure: { target: '95', formula: '合格录音数 ÷ 抽检录音数' } },
  { name: '考试合格率', figure: { target: '90', formula: '合格人次 ÷ 应考人次' } },
  { name: '人员到达率', figure: { target: '95', formula: '实际到岗人次 ÷ 应到岗人次' } },
  { name: '业务解答准确率', figure: { target: '98', formula: '解答准确的抽检数 ÷ 抽检数' } },
  { name: '转接转办及时准确率', figure: { target: '98', formula: '及时准确的转办数 ÷ 转办数' } },
  { name: '时效性问题及时率', figure: { target: '98', formula: '30 分钟内办结数 ÷ 时效性问题数' } },
  { name: '系统故障上报及时率', figure: { target: '100', formula: '及时上报次数 ÷ 故障次数' } },
  { name: '人均日接听量', figure: { unit: 'number', target: '80', formula: '人工接听量 ÷ 在岗人日' } },
]

export const blankContract = (): ContractForm => ({
  name: '',
  number: '',
  client: '',
  contractor: '',
  hotline_ids: [],
  starts_on: '',
  ends_on: '',
  period: 'month',
  period_fee: '0',
  active: true,
  terms: { figures: [], consequences: [] },
})

export function contractForm(row: ContractRead): ContractForm {
  const {
    id: _id,
    authority_id: _of,
    changed_at: _at,
    hotline_names: _names,
    periods: _periods,
    ...fields
  } = row
  return fields as unknown as ContractForm
}

export function checkContract(form: ContractForm): Problems {
  const problems: Problems = {}
  for (const field of ['name', 'client', 'contractor'] as const)
    if (!form[field].trim())
      problems[field] = translate('form.required', { what: translate(`contracts.${field}`) })
  if (form.hotline_ids.length === 0)
    problems.hotline_ids = translate('form.choose', { what: translate('contracts.hotlines') })
  if (!form.starts_on || !form.ends_on)
    problems.starts_on = translate('form.choose', { what: translate('contracts.span') })
  form.terms.figures.forEach((figure, index) => {
    if (!figure.name.trim())
      problems[`terms.figures.${index}`] = translate('form.required', {
        what: translate('contracts.figureName'),
      })
  })
  return problems
}
