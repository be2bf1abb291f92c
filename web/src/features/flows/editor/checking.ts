// What the server's check says about the draft, asked again after every save; and how it is drawn.

import { computed, ref, shallowRef, watch, type Ref } from 'vue'

import { toastError } from '@/shared/ui/feedback'

import { checkFlow, type FlowProblem } from '../api'
import type { Draft } from './draft'
import type { NodeMark, Overlay } from './overlay'

export function useChecking(id: Ref<string>, draft: Draft) {
  const problems = shallowRef<FlowProblem[] | null>(null)
  const busy = ref(false)
  let asked = 0

  async function check(): Promise<void> {
    const mine = ++asked
    busy.value = true
    try {
      const found = await checkFlow(id.value)
      if (mine === asked) problems.value = found.problems
    } catch (failure) {
      if (mine === asked) toastError(failure)
    } finally {
      if (mine === asked) busy.value = false
    }
  }

  watch(
    [draft.revision, id],
    ([revision]) => {
      if (revision > 0) void check()
    },
    { immediate: true },
  )

  const overlay = computed<Overlay>(() => {
    const nodes = new Map<string, NodeMark>()
    for (const { node_id, severity } of problems.value ?? []) {
      if (!node_id || nodes.get(node_id)?.tone === 'error') continue
      nodes.set(node_id, { tone: severity, badge: '!' })
    }
    return { nodes, edges: new Map() }
  })

  const errors = computed(() => (problems.value ?? []).filter(({ severity }) => severity === 'error').length)

  return { problems, busy, check, overlay, errors }
}
