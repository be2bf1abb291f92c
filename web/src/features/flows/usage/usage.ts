// What callers did in a flow over a period, drawn on the flow: how many came by, which keys they pressed, where they left.

import { useQuery } from '@tanstack/vue-query'
import { computed, ref, type Ref } from 'vue'

import { percent, count as countWords } from '@/shared/format/number'
import { daysToRange, presetDays, type Days } from '@/shared/ui/period'

import { fetchKeys } from '../api'
import type { Editor } from '../editor/editor'
import type { EdgeMark, NodeMark, Overlay } from '../editor/overlay'
import { edgeId, START } from '../model/graph'
import { translate } from '@/shared/i18n'

const THICKEST = 9
const THINNEST = 1.2

export function useUsage(flowId: Ref<string>, editor: Editor) {
  const days = ref<Days>(presetDays('last30', new Date()))
  const wanted = ref(false)
  const query = useQuery({
    queryKey: computed(() => ['flow-keys', flowId.value, days.value.first, days.value.last]),
    queryFn: () => fetchKeys(flowId.value, daysToRange(days.value)),
    enabled: wanted,
  })

  const overlay = computed<Overlay>(() => {
    const nodes = new Map<string, NodeMark>()
    const edges = new Map<string, EdgeMark>()
    const found = query.data.value
    if (!found) return { nodes, edges }
    const most = Math.max(1, ...found.nodes.map(({ entered }) => entered))
    const thick = (passed: number): number => THINNEST + (THICKEST - THINNEST) * (passed / most)
    for (const node of found.nodes) {
      const exits = new Map<string, string>()
      for (const { key, presses, share } of node.keys) {
        const exit = `choices.${key}.next`
        exits.set(exit, `${countWords(presses)} · ${percent(share)}`)
        edges.set(edgeId(node.node_id, exit), { tone: presses ? 'flow' : 'dim', width: thick(presses) })
      }
      nodes.set(node.node_id, {
        tone: node.entered ? '' : 'dim',
        badge: countWords(node.entered),
        exits,
        ...(node.left_here
          ? { foot: translate('flows.usage.left', { n: countWords(node.left_here), share: percent(node.left_share) }) }
          : {}),
      })
    }
    for (const id of editor.picture.value.cards.keys()) if (!nodes.has(id)) nodes.set(id, { tone: 'dim', badge: '0' })
    edges.set(edgeId(START, 'start'), { tone: 'flow', width: thick(found.calls) })
    return { nodes, edges }
  })

  return { days, wanted, query, overlay }
}

export type Usage = ReturnType<typeof useUsage>
