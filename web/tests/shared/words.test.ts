import { describe, expect, it } from 'vitest'

import { modules } from '@/app/modules'
import { common } from '@/shared/i18n/common'
import type { Messages, MessageTree } from '@/shared/module'

function keys(tree: MessageTree, path = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' || Array.isArray(value) ? [`${path}${key}`] : keys(value, `${path}${key}.`),
  )
}
const gaps = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()
function texts(tree: MessageTree): string[] {
  return Object.values(tree).flatMap((value) =>
    typeof value === 'string' ? [value] : Array.isArray(value) ? value : texts(value),
  )
}

const all: [string, Messages][] = [
  ['common', common],
  ...modules.map((module): [string, Messages] => [module.name, module.messages]),
]

describe('the words', () => {
  it.each(all)('of %s are there in both languages', (_name, messages) => {
    expect(keys(messages.en).sort()).toEqual(keys(messages['zh-CN']).sort())
  })

  it.each(all)('of %s have the same gaps to fill', (_name, messages) => {
    const chinese = texts(messages['zh-CN'])
    const english = texts(messages.en)
    const differing = chinese.filter((text, index) => gaps(text).join() !== gaps(english[index] ?? '').join())
    expect(differing).toEqual([])
  })

  it.each(all)('of %s have a title for every route and menu entry', (name, messages) => {
    const known = new Set([
      ...keys(messages['zh-CN']).map((key) => `${name}.${key}`),
      ...keys(common['zh-CN']),
    ])
    const module = modules.find((one) => one.name === name)
    const used = [
      ...(module?.routes.map((route) => route.meta?.title) ?? []),
      ...(module?.menu?.map((entry) => entry.title) ?? []),
    ]
    expect(used.filter((title) => title !== undefined && !known.has(title))).toEqual([])
  })
})

describe('the routes', () => {
  it('name a permission unless they are public or one’s own', () => {
    const open = modules
      .flatMap((module) => module.routes)
      .filter((route) => !route.meta?.public && !route.meta?.permissions)
    expect(open.map((route) => route.path).sort()).toEqual(['/password', '/start'])
  })
})
