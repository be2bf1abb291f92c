// Search for knowledge: asked when a person asks, not at each key; the answer to an earlier question never takes the place of a later one's.

import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { search } from '@/features/knowledge/api'
import SearchBox from '@/features/knowledge/components/SearchBox.vue'

vi.mock('@/features/knowledge/api', async (original) => ({
  ...(await original<object>()),
  search: vi.fn<typeof search>(),
}))

const asked = vi.mocked(search)
const answers: Record<string, (titles: string[]) => void> = {}

beforeEach(() => {
  setActivePinia(createPinia())
  asked.mockReset()
  asked.mockImplementation(
    (question) =>
      new Promise((give) => {
        answers[question] = (titles) =>
          give({
            items: titles.map((title) => ({
              id: title,
              title: [{ text: title, hit: false }],
              snippet: [],
              category: '',
            })),
            answered: true,
            meaning: true,
            ready: true,
            indexed: 1,
            total: 1,
          } as never)
      }),
  )
})

function box() {
  const made = mount(SearchBox, { props: { channel: 'page', category: '' } })
  const type = (words: string) => made.find('input').setValue(words)
  const ask = async (words: string) => {
    await type(words)
    await made.find('form').trigger('submit')
  }
  const seen = () => made.findAll('[data-test="hit"]').map((hit) => hit.find('strong').text())
  return { made, type, ask, seen }
}

describe('the search box', () => {
  it('sends nothing while a question is typed', async () => {
    const { type } = box()
    for (const words of ['社', '社保', '社保卡']) await type(words)
    expect(asked).not.toHaveBeenCalled()
  })

  it('drops the answer to an earlier question, whichever comes first', async () => {
    const { ask, seen } = box()
    await ask('旧问题')
    await ask('新问题')
    answers['新问题']!(['新'])
    await flushPromises()
    expect(seen()).toEqual(['新'])
    answers['旧问题']!(['旧'])
    await flushPromises()
    expect(seen()).toEqual(['新'])
  })

  it('stays empty when it was emptied before the answer came', async () => {
    const { ask, seen } = box()
    await ask('问题')
    await ask('')
    answers['问题']!(['晚'])
    await flushPromises()
    expect(seen()).toEqual([])
  })

  it('asks again when another category or department is chosen', async () => {
    const { made, ask, seen } = box()
    await ask('问题')
    answers['问题']!(['甲'])
    await flushPromises()
    await made.setProps({ category: 'c2' })
    expect(asked).toHaveBeenLastCalledWith('问题', 'page', { category: 'c2' }, 10)
    answers['问题']!(['乙'])
    await flushPromises()
    expect(seen()).toEqual(['乙'])
    await made.setProps({ department: 'd1' })
    expect(asked).toHaveBeenLastCalledWith('问题', 'page', { category: 'c2', department: 'd1' }, 10)
    answers['问题']!([])
    await flushPromises()
    expect(seen()).toEqual([])
    expect(made.find('.el-empty').exists()).toBe(true)
  })
})
