// What callers did in a flow over a period, drawn on the flow: which keys they pressed, where they hung up.

import { useQuery } from '@tanstack/vue-query'
import { computed, ref, type Ref } from 'vue'

import { count, percent, ratio } from '@/shared/format/number'
import { translate } from '@/shared/i18n'
import { daysToRange, presetDays, type Days } from '@/shared/ui/period'

import { fetchKeys } from '../api'
import type { Editor } from '../editor/editor'
import { edgeId } from '../model/exits'
import { NO_OVERLAY, type EdgeMark, type NodeMark, type Overlay } from '../editor/overlay'
import { foldKeys, type NodeUse } from './keys'

const THICKEST = 9
const THINNEST = 1.2

export function overlayOf(uses: readonly NodeUse[], nodeIds: Iterable<string>): Overlay {
  const nodes = new Map<string, NodeMark>([...nodeIds].map((id) => [id, { tone: 'dim' }]))
  const edges = new Map<string, EdgeMark>()
  const most = Math.max(1, ...uses.map(({ asked }) => asked))
  for (const { nodeId, asked, left, keys } of uses) {
    const exits = new Map<string, string>()
    for (const { key, presses } of keys) {
      const exit = `choices.${key}.next`
      exits.set(exit, `${count(presses)} · ${percent(ratio(presses, asked), 1)}`)
      edges.set(edgeId(nodeId, exit), {
        tone: presses ? 'flow' : 'dim',
        width: THINNEST + (THICKEST - THINNEST) * (presses / most),
      })
    }
    const foot = left
      ? { foot: translate('flows.usage.left', { n: count(left), share: percent(ratio(left, asked), 1) }) }
      : {}
    nodes.set(nodeId, { tone: '', badge: count(asked), exits, ...foot })
  }
  return { nodes, edges }
}

export function useUsage(flowId: Ref<string>, editor: Editor) {
  const days = ref<Days>(presetDays('last30', new Date()))
  const wanted = ref(false)
  const query = useQuery({
    queryKey: computed(() => ['flow-keys', flowId.value, days.value.first, days.value.last]),
    queryFn: async () => foldKeys(await fetchKeys(flowId.value, daysToRange(days.value))),
    enabled: wanted,
  })
  const overlay = computed<Overlay>(() =>
    query.data.value?.length ? overlayOf(query.data.value, editor.picture.value.cards.keys()) : NO_OVERLAY,
  )
  const titleOf = (nodeId: string): string => editor.picture.value.cards.get(nodeId)?.title ?? nodeId
  /** From now on the figures are wanted. */
  const ask = (): void => void (wanted.value = true)
  return { days, ask, query, overlay, titleOf }
}

export type Usage = ReturnType<typeof useUsage>
