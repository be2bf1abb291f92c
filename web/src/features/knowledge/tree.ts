// The tree of categories from its flat list.

import type { CategoryRead } from './api'

export interface Branch {
  value: string
  label: string
  articles: number
  roles: string[]
  parent: string | null
  position: number
  children: Branch[]
}

export function treeOf(items: CategoryRead[]): Branch[] {
  const made = new Map(
    items.map((one) => [
      one.id,
      {
        value: one.id,
        label: one.name,
        articles: one.articles ?? 0,
        roles: one.roles ?? [],
        parent: one.parent_id ?? null,
        position: one.position ?? 0,
        children: [] as Branch[],
      },
    ]),
  )
  const top: Branch[] = []
  for (const one of items) {
    const branch = made.get(one.id)
    if (branch) (made.get(one.parent_id ?? '')?.children ?? top).push(branch)
  }
  return top
}
