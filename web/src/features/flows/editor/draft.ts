// Keeps the draft on the server in step with the editor: saves by itself, sees what others did, puts both together.

import { useQueryClient } from '@tanstack/vue-query'
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref } from 'vue'

import { ApiError } from '@/shared/api/client'
import { translate } from '@/shared/i18n'
import { toastError, toastNote } from '@/shared/ui/feedback'

import { saveDraft, useFlow, type FlowRead } from '../api'
import type { FlowDocument } from '../model/document'
import { merge, same, takeTheirs, type Clash } from '../model/merge'
import type { Editor } from './editor'

export type SaveState = 'saved' | 'unsaved' | 'saving' | 'failed' | 'clash'

const REST_MS = 1200
const AGAIN_MS = 5000

const draftOf = (flow: FlowRead): FlowDocument => flow.draft as unknown as FlowDocument

export function useDraft(id: Ref<string>, editor: Editor) {
  const { data: flow, isPending, error, refetch } = useFlow(id)
  const queries = useQueryClient()
  const state = ref<SaveState>('saved')
  const clashes = shallowRef<Clash[]>([])
  const base = shallowRef<{ id: string; document: FlowDocument; revision: number; name: string } | null>(null)
  let timer = 0
  let running: Promise<void> | null = null

  const dirty = computed(() => base.value !== null && editor.document.value !== base.value.document)

  function settle(now: FlowRead, document: FlowDocument): void {
    base.value = { id: now.id, document, revision: now.revision, name: now.edited_by }
  }

  /** What the server has now is newer than what we began with. */
  function takeIn(now: FlowRead): void {
    const theirs = draftOf(now)
    const before = base.value
    if (!before || before.id !== now.id) {
      settle(now, theirs)
      editor.load(theirs)
      state.value = 'saved'
      return
    }
    if (now.revision <= before.revision) return
    if (same(theirs, before.document)) {
      base.value = { ...before, revision: now.revision }
      return
    }
    if (!dirty.value) {
      settle(now, theirs)
      editor.load(theirs)
      toastNote(translate('flows.takenIn', { who: now.edited_by }))
      return
    }
    bringTogether(now, before.document, theirs)
  }

  function bringTogether(now: FlowRead, before: FlowDocument, theirs: FlowDocument): void {
    const merged = merge(before, editor.document.value, theirs)
    settle(now, theirs)
    editor.change(merged.document)
    clashes.value = merged.clashes
    state.value = merged.clashes.length ? 'clash' : 'unsaved'
    if (!merged.clashes.length) {
      toastNote(translate('flows.merged', { who: now.edited_by }))
      later()
    }
  }

  /** The person chose: the fields whose value shall be theirs; the rest stays mine. */
  function resolve(theirs: Clash[]): void {
    editor.change(takeTheirs(editor.document.value, theirs))
    clashes.value = []
    state.value = 'unsaved'
    void save()
  }

  function later(ms = REST_MS): void {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => void save(), ms)
  }

  async function saveOnce(): Promise<void> {
    const before = base.value
    if (!before || !dirty.value || editor.readonly.value || state.value === 'clash') return
    const document = editor.document.value
    const toldAlready = state.value === 'failed'
    state.value = 'saving'
    try {
      const now = await saveDraft(before.id, document, before.revision)
      if (base.value?.id !== before.id) return
      settle(now, document)
      queries.setQueryData(['flow', before.id], now)
      state.value = dirty.value ? 'unsaved' : 'saved'
    } catch (failure) {
      if (failure instanceof ApiError && failure.code === 'flow_changed_meanwhile') {
        state.value = 'unsaved' // before what is taken in may find that both clash
        const now = await refetch()
        if (now.data) takeIn(now.data)
        return
      }
      if (!toldAlready) toastError(failure)
      state.value = 'failed'
      later(AGAIN_MS)
    }
  }

  /** Save now what is not saved; resolves when the server has it, or when it cannot be saved. */
  async function save(): Promise<boolean> {
    window.clearTimeout(timer)
    for (let round = 0; round < 4 && dirty.value; round += 1) {
      running ??= saveOnce().finally(() => (running = null))
      await running
      if (state.value === 'failed' || state.value === 'clash') break
    }
    return !dirty.value
  }

  watch(flow, (now) => now && takeIn(now), { immediate: true })
  watch(editor.document, () => {
    if (!dirty.value || editor.readonly.value) return
    if (state.value === 'saved') state.value = 'unsaved'
    if (state.value !== 'clash') later()
  })

  const beforeUnload = (event: BeforeUnloadEvent): void => {
    if (dirty.value) event.preventDefault()
  }
  const onHidden = (): void => {
    if (window.document.hidden) void save()
  }
  onMounted(() => {
    window.addEventListener('beforeunload', beforeUnload)
    window.document.addEventListener('visibilitychange', onHidden)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('beforeunload', beforeUnload)
    window.document.removeEventListener('visibilitychange', onHidden)
    void save()
  })

  return {
    flow,
    isPending,
    error,
    refetch,
    state,
    dirty,
    clashes,
    resolve,
    save,
    revision: computed(() => base.value?.revision ?? 0),
  }
}

export type Draft = ReturnType<typeof useDraft>
