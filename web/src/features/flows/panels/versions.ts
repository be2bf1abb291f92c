// Looking at an earlier version: the draft and the version in one picture, coloured by what changed; and files to keep.

import { computed, ref, shallowRef, type Ref } from 'vue'

import { saveBlob } from '@/shared/api/client'
import { toastError } from '@/shared/ui/feedback'

import { fetchExport, fetchVersion, type FlowRead } from '../api'
import { createEditor, type Editor } from '../editor/editor'
import { NO_OVERLAY, type EdgeMark, type NodeMark, type Overlay } from '../editor/overlay'
import type { FlowDocument } from '../model/document'
import { difference, together } from '../model/difference'
import { exitsOf, edgeId } from '../model/exits'
import { translate } from '@/shared/i18n'

function overlayOf(before: FlowDocument, after: FlowDocument, editor: Editor): Overlay {
  const nodes = new Map<string, NodeMark>()
  const edges = new Map<string, EdgeMark>()
  const lines = (document: FlowDocument, nodeId: string): Map<string, string> => {
    const node = document.nodes[nodeId]
    const exits = node ? exitsOf(node, editor.typeOf.value(node.kind)) : []
    return new Map(exits.map(({ id, target }) => [id, target]))
  }
  for (const { nodeId, change } of difference(before, after)) {
    if (change === 'moved') continue
    nodes.set(nodeId, { tone: change, badge: translate(`flows.changes.${change}`) })
    const [old, now] = [lines(before, nodeId), lines(after, nodeId)]
    const tone = change === 'removed' ? 'removed' : 'added'
    for (const [exit, target] of change === 'removed' ? old : now)
      if (change !== 'changed' || old.get(exit) !== target)
        edges.set(edgeId(nodeId, exit), { tone, width: 2.4 })
  }
  return { nodes, edges }
}

export function useVersions(editor: Editor, flow: Ref<FlowRead | undefined>) {
  const shown = ref<number | null>(null)
  const before = shallowRef<FlowDocument | null>(null)
  const compared = shallowRef<Editor | null>(null)

  async function show(version: number | null): Promise<void> {
    if (version === null || !flow.value) {
      shown.value = null
      before.value = null
      compared.value = null
      return
    }
    try {
      const found = await fetchVersion(flow.value.id, version)
      const old = found.document as unknown as FlowDocument
      const view = createEditor({ ...editor, readonly: ref(true) })
      view.load(together(old, editor.document.value))
      before.value = old
      compared.value = view
      shown.value = version
    } catch (failure) {
      toastError(failure)
    }
  }

  async function saveFile(version: number | null): Promise<void> {
    if (!flow.value) return
    try {
      const blob = await fetchExport(flow.value.id, version)
      saveBlob(blob, `${flow.value.name}${version === null ? '' : `-v${version}`}.flow.json`)
    } catch (failure) {
      toastError(failure)
    }
  }

  return {
    shown,
    before,
    after: computed(() => editor.document.value),
    editor: compared,
    overlay: computed(() =>
      before.value ? overlayOf(before.value, editor.document.value, editor) : NO_OVERLAY,
    ),
    show,
    saveFile,
  }
}

export type Versions = ReturnType<typeof useVersions>
