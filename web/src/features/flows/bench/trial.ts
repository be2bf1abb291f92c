// A trial call through the draft: what was keyed is kept, and the server walks the flow anew each time. So one can step back,
// and a change of the flow shows at once what this caller would hear now.

import { computed, ref, shallowRef, watch } from 'vue'

import { errorText } from '@/shared/ui/feedback'

import { simulate, type Trial as Walk, type TrialInput, type TrialStep } from '../api'
import type { Editor } from '../editor/editor'
import { edgeId } from '../model/exits'
import type { EdgeMark, NodeMark, Overlay } from '../editor/overlay'
import { START } from '../model/graph'

export interface TrialSetting {
  ani: string
  hotlineId: string
  /** Local time as written in the field: 2026-11-28T10:00:00; empty: now. */
  at: string
  realQueries: boolean
}

const AFTER_CHANGE_MS = 600

/** A line of the conversation as the bench shows it. */
export interface Line {
  n: number
  side: 'line' | 'caller' | 'system'
  step: TrialStep
}

/** What of a call is shown as conversation; how the flow goes on is seen in the picture. */
const SIDES: Partial<Record<TrialStep['kind'], Line['side']>> = {
  heard: 'line',
  pressed: 'caller',
  set: 'system',
  asked: 'system',
  answered: 'system',
  served: 'system',
  trouble: 'system',
  broken: 'system',
  left: 'system',
}

export function useTrial(editor: Editor) {
  const setting = ref<TrialSetting>({ ani: '13800138000', hotlineId: '', at: '', realQueries: false })
  const inputs = shallowRef<TrialInput[]>([])
  const result = shallowRef<Walk | null>(null)
  const problem = ref('')
  const busy = ref(false)
  let asked = 0
  let timer = 0

  async function run(): Promise<void> {
    const mine = ++asked
    busy.value = true
    problem.value = ''
    const { ani, hotlineId, at, realQueries } = setting.value
    try {
      const now = await simulate(editor.flowId.value, {
        document: { ...editor.document.value },
        ...(hotlineId ? { hotline_id: hotlineId } : {}),
        ...(at ? { at } : {}),
        ani,
        dnis: '',
        real_queries: realQueries,
        inputs: inputs.value,
      })
      if (mine !== asked) return
      result.value = now
      // Answers that the server fetched are kept: stepping back must not ask a data source again.
      if (now.inputs) inputs.value = now.inputs as TrialInput[]
    } catch (failure) {
      if (mine === asked) problem.value = errorText(failure)
    } finally {
      if (mine === asked) busy.value = false
    }
  }

  function give(given: Partial<TrialInput> & Pick<TrialInput, 'kind'>): void {
    const input: TrialInput = { key: '', text: '', s: 0, outcome: 'ok', values: {}, ...given }
    if (busy.value || !result.value || result.value.ended) return
    inputs.value = [...inputs.value, input]
    void run()
  }

  function start(): void {
    inputs.value = []
    result.value = null
    void run()
  }

  function back(): void {
    const kept = [...inputs.value]
    let last = kept.pop()
    while (last?.kind === 'answer' && kept.length) last = kept.pop()
    inputs.value = kept
    void run()
  }

  function stop(): void {
    asked += 1
    inputs.value = []
    result.value = null
    problem.value = ''
    busy.value = false
  }

  watch(editor.flowId, stop)
  watch(editor.document, () => {
    if (!result.value) return
    window.clearTimeout(timer)
    timer = window.setTimeout(() => result.value && void run(), AFTER_CHANGE_MS)
  })

  const steps = computed<TrialStep[]>(() => result.value?.steps ?? [])
  const here = computed(() => {
    const waiting = result.value?.waiting
    if (waiting && waiting.flow_id === editor.flowId.value) return waiting.node_id
    const last = steps.value.findLast(({ flow_id }) => flow_id === editor.flowId.value)
    return last?.node_id ?? null
  })
  const lines = computed<Line[]>(() =>
    steps.value.flatMap((step) => {
      const side = SIDES[step.kind]
      return side ? [{ n: step.n, side, step }] : []
    }),
  )

  const overlay = computed<Overlay>(() => wayOf(steps.value, editor, here.value))

  return { setting, inputs, result, problem, busy, steps, lines, here, overlay, start, stop, give, back }
}

/** The way through the picture: boxes in the order they were entered, and the lines between them. */
function wayOf(steps: readonly TrialStep[], editor: Editor, here: string | null): Overlay {
  const nodes = new Map<string, NodeMark>()
  const edges = new Map<string, EdgeMark>()
  const entered = steps.filter(({ kind, flow_id }) => kind === 'entered' && flow_id === editor.flowId.value)
  const mark: EdgeMark = { tone: 'visited', width: 3 }
  entered.forEach(({ node_id }, index) => {
    const numbers = nodes.get(node_id)?.badge
    nodes.set(node_id, { tone: 'visited', badge: numbers ? `${numbers} ${index + 1}` : String(index + 1) })
    const from = entered[index - 1]?.node_id
    if (!from) edges.set(edgeId(START, 'start'), mark)
    else {
      const exit = exitTaken(steps, entered[index - 1]!, node_id, editor)
      if (exit) edges.set(edgeId(from, exit), mark)
    }
  })
  if (here && nodes.has(here)) nodes.set(here, { ...nodes.get(here)!, tone: 'here' })
  return { nodes, edges }
}

/** The exit between two nodes: that of the key that was pressed, else the first that leads there. */
function exitTaken(steps: readonly TrialStep[], entry: TrialStep, to: string, editor: Editor): string | null {
  const exits = editor.exits(entry.node_id).filter(({ target }) => target === to)
  const after = steps.slice(steps.indexOf(entry) + 1)
  const until = after.findIndex(({ kind }) => kind === 'entered')
  const keys = after
    .slice(0, until < 0 ? undefined : until)
    .findLast(({ kind, accepted }) => kind === 'pressed' && accepted)
  const chosen = exits.find(({ mark, tone }) => tone === 'key' && mark === keys?.keys)
  return (chosen ?? exits.find(({ tone }) => tone !== 'key') ?? exits[0])?.id ?? null
}

export type Trial = ReturnType<typeof useTrial>
