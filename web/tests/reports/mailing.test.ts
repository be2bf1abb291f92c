import { describe, expect, it } from 'vitest'

import { sizeText } from '@/shared/format/number'
import { knownDays } from '@/shared/ui/period'
import { blankSchedule, formOfSchedule, isAddress, type Schedule } from '@/features/reports/mailing'
import { chosen } from '@/features/reports/variants'
import { readVariant, told, variantText, type VariantOption } from '@/shared/metrics/variant'

describe('a schedule', () => {
  it('knows an address from what is none', () => {
    expect(['a@b.cn', ' office@example.org '].every(isAddress)).toBe(true)
    expect(['nobody', 'a@b', 'a b@c.cn', '<a@b.cn>', 'a@b.cn,c@d.cn'].some(isAddress)).toBe(false)
  })

  it('is edited as what it is', () => {
    const form = { ...blankSchedule('r'), recipients: ['a@b.cn'], frequency: 'weekly' as const, weekday: 5 }
    const row: Schedule = {
      ...form,
      id: '1',
      report_name: '晨会',
      next_at: '2026-11-28T00:00:00Z',
      problem: '',
      changed_at: '2026-11-28T00:00:00Z',
    }
    expect(formOfSchedule(row)).toEqual(form)
  })
})

describe('a variant', () => {
  const options = [
    {
      key: 'service_level_s',
      name: '目标秒数',
      about: '',
      kind: 'number',
      default: 20,
      choices: [],
      min: 0,
      max: 3600,
    },
    {
      key: 'answer_base',
      name: '接听率分母',
      about: '',
      kind: 'choice',
      default: 'request',
      min: 0,
      max: 0,
      choices: [
        { value: 'trunk', name: '中继呼入总量' },
        { value: 'request', name: '人工请求量' },
      ],
    },
  ] as VariantOption[]

  it('is told by what differs from the product, in words', () => {
    expect(told(options, { service_level_s: 20, answer_base: 'trunk' })).toEqual(['接听率分母：中继呼入总量'])
  })

  it('is nothing in the address when nothing was changed, and reads back what was', () => {
    const standard = { service_level_s: 20, answer_base: 'request' }
    expect(variantText(options, {})).toBe('')
    expect(readVariant(options, '')).toEqual(standard)
    const choices = { service_level_s: 15, answer_base: 'trunk' }
    expect(variantText(options, choices)).toBe('service_level_s=15,answer_base=trunk')
    expect(readVariant(options, variantText(options, choices))).toEqual(choices)
    expect(readVariant(options, 'service_level_s=x,answer_base=moon,unknown=1')).toEqual(standard)
  })

  it('follows the default by having no choices of its own', () => {
    expect(chosen({ inherits: true, options: { service_level_s: 5 }, note: '' })).toBeNull()
  })
})

describe('what stands in an address', () => {
  it('is no day unless it is written as one', () => {
    const week = { first: '2026-11-22', last: '2026-11-28' }
    expect(knownDays({ first: 'abc', last: '2026-11-28' }, week)).toEqual(week)
    expect(knownDays({ first: '2026-11-01', last: '2026-11-02' }, week).first).toBe('2026-11-01')
  })
})

describe('sizes', () => {
  it('are read in kilobytes and megabytes', () => {
    expect([sizeText(10), sizeText(2048), sizeText(1_572_864)]).toEqual(['1 KB', '2 KB', '1.5 MB'])
  })
})
