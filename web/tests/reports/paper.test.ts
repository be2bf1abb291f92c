import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { defineComponent, h } from 'vue'

import PaperTable from '@/features/reports/components/PaperTable.vue'
import { usePrinting } from '@/shared/ui/printing'

const columns = Array.from({ length: 25 }, (_, n) => ({
  key: `k${n}`,
  name: `指标${n}`,
  section: n < 3 ? '呼入' : '',
}))
const texts = columns.map((_, n) => `${n}`)

describe('a report on paper', () => {
  it('says on every piece whose row it is, and loses no figure', () => {
    const rows = [
      { lead: ['综合服务', '王伟（1001）'], texts, total: false },
      { lead: ['合计', ''], texts, total: true },
    ]
    const paper = mount(PaperTable, { props: { lead: ['座席组', '座席'], columns, rows } })
    const tables = paper.findAll('table')
    expect(tables).toHaveLength(3)
    for (const table of tables) {
      expect(
        table
          .findAll('th')
          .slice(0, 2)
          .map((one) => one.text()),
      ).toEqual(['座席组', '座席'])
      expect(table.find('tbody tr').text()).toContain('王伟（1001）')
      expect(table.findAll('tr.total')).toHaveLength(1)
    }
    const figures = tables.flatMap((table) => table.findAll('tbody tr:first-child td.num'))
    expect(figures.map((one) => one.text())).toEqual(texts)
  })

  it('is drawn from the moment the browser asks for it until it has it', async () => {
    const page = mount(
      defineComponent(() => {
        const printing = usePrinting()
        return () => h('p', printing.value ? 'paper' : 'screen')
      }),
    )
    window.dispatchEvent(new Event('beforeprint'))
    await Promise.resolve()
    expect(page.text()).toBe('paper')
    window.dispatchEvent(new Event('afterprint'))
    await Promise.resolve()
    expect(page.text()).toBe('screen')
  })
})
