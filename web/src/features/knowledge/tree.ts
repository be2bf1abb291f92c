// The tree of categories from its flat list.

import type { CategoryRead } from './api'

export interface Branch {
  value: string
  label: string
  articles: number
  children: Branch[]
}

export function treeOf(items: CategoryRead[]): Branch[] {
  const made = new Map(
    items.map((one) => [
      one.id,
      { value: one.id, label: one.name, articles: one.articles ?? 0, children: [] as Branch[] },
    ]),
  )
  const top: Branch[] = []
  for (const one of items) {
    const branch = made.get(one.id)
    if (branch) (made.get(one.parent_id ?? '')?.children ?? top).push(branch)
  }
  return top
}
