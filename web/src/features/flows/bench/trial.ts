// A trial call through the draft: what was keyed is kept, and the server walks the flow anew each time. So one can step back,
// and a change of the flow shows at once what this caller would hear now.

import { computed, ref, shallowRef, watch } from 'vue'

import { errorText } from '@/shared/ui/feedback'

import { simulate, type Simulated, type TrialInput, type TrialStep } from '../api'
import type { Editor } from '../editor/editor'
import type { EdgeMark, NodeMark, Overlay } from '../editor/overlay'
import { edgeId, START } from '../model/graph'

export interface TrialSetting {
  ani: string
  hotlineId: string
  /** Local time as written in the field: 2026-11-28T10:00:00; empty: now. */
  at: string
  served: boolean
  realQueries: boolean
}

const AFTER_CHANGE_MS = 600

/** A line of the conversation as the bench shows it. */
export interface Line {
  n: number
  side: 'line' | 'caller' | 'system'
  step: TrialStep
}

const SIDES: Record<string, Line['side'] | null> = {
  heard: 'line',
  pressed: 'caller',
  entered: null,
  waiting: null,
}

export function useTrial(editor: Editor) {
  const setting = ref<TrialSetting>({ ani: '13800138000', hotlineId: '', at: '', served: false, realQueries: false })
  const inputs = shallowRef<TrialInput[]>([])
  const result = shallowRef<Simulated | null>(null)
  const problem = ref('')
  const busy = ref(false)
  let asked = 0
  let timer = 0

  async function run(): Promise<void> {
    const mine = ++asked
    busy.value = true
    problem.value = ''
    const { ani, hotlineId, at, served, realQueries } = setting.value
    try {
      const now = await simulate(editor.flowId.value, {
        document: { ...editor.document.value },
        ...(hotlineId ? { hotline_id: hotlineId } : {}),
        ...(at ? { at } : {}),
        ani,
        served_by_agent: served,
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

  function give(input: TrialInput): void {
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
      const side = step.kind in SIDES ? SIDES[step.kind]! : 'system'
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
    else if (exitTaken(steps, entered[index - 1]!, from, node_id, editor)) {
      edges.set(edgeId(from, exitTaken(steps, entered[index - 1]!, from, node_id, editor)!), mark)
    }
  })
  if (here && nodes.has(here)) nodes.set(here, { ...nodes.get(here)!, tone: 'here' })
  return { nodes, edges }
}

function exitTaken(
  steps: readonly TrialStep[],
  entry: TrialStep,
  from: string,
  to: string,
  editor: Editor,
): string | null {
  const exits = editor.exits(from).filter(({ target }) => target === to)
  const after = steps.slice(steps.indexOf(entry) + 1)
  const until = after.findIndex(({ kind }) => kind === 'entered')
  const said = after
    .slice(0, until < 0 ? undefined : until)
    .map(({ exit }) => exit)
    .find(Boolean)
  return (exits.find(({ id }) => id === said || id === `${said}.next`) ?? exits[0])?.id ?? null
}

export type Trial = ReturnType<typeof useTrial>
