// What the widgets of the property form may choose from and know: lists of the site, nodes and variables of the flow.

import { computed, inject, provide, type ComputedRef, type InjectionKey, type Ref } from 'vue'

import type { Option } from '@/shared/api/options'

import type { Editor } from '../editor/editor'
import type { FlowDocument } from '../model/document'

interface Variable {
  name: string
  about: string
}

export interface FormContext {
  prompts: ComputedRef<PromptOption[]>
  queues: ComputedRef<Option[]>
  hours: ComputedRef<Option[]>
  flows: ComputedRef<Option[]>
  sources: ComputedRef<Option[]>
  queries: ComputedRef<Option[]>
  nodes: ComputedRef<Option[]>
  variables: ComputedRef<Variable[]>
  readonly: Readonly<Ref<boolean>>
  /** The prompt that is being played, by its key. */
  playing: ComputedRef<string | null>
  play(key: string): void
}

export interface PromptOption extends Option {
  id: string
  name: string
  text: string
}

const KEY: InjectionKey<FormContext> = Symbol('flow form')

export const provideForm = (context: FormContext): void => provide(KEY, context)

export function useForm(): FormContext {
  const context = inject(KEY)
  if (!context) throw new Error('a widget stands outside of the property form')
  return context
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Names of the variables that a document sets or declares. */
export function variablesOf(document: FlowDocument): string[] {
  const names = new Set<string>(Object.keys((document.variables as object | undefined) ?? {}))
  for (const node of Object.values(document.nodes)) {
    if (isName(node.variable)) names.add(node.variable)
    if (node.kind === 'set' && node.variables && typeof node.variables === 'object') {
      for (const name of Object.keys(node.variables)) names.add(name)
    }
    for (const list of [node.results, node.mapping]) {
      if (!Array.isArray(list)) continue
      for (const entry of list as { variable?: unknown }[])
        if (isName(entry?.variable)) names.add(entry.variable)
    }
  }
  return [...names].filter(Boolean).sort()
}

export const nodeOptions = (editor: Editor): ComputedRef<Option[]> =>
  computed(() => {
    const cards = [...editor.picture.value.cards.values()]
    const times = new Map<string, number>()
    for (const { title } of cards) times.set(title, (times.get(title) ?? 0) + 1)
    return cards.map(({ id, title }) => ({
      value: id,
      label: times.get(title) === 1 ? title : `${title}（${id}）`,
    }))
  })
