// What is drawn over the flow beside the flow itself: problems, the way of a trial call, keys of a period, what changed.

import { computed, inject, provide, type ComputedRef, type InjectionKey } from 'vue'

export interface NodeMark {
  /** Colours the box: error, warning, visited, here, added, changed, removed. */
  tone: string
  /** A short word above the box. */
  badge?: string
  /** By exit, a short word beside its row. */
  exits?: ReadonlyMap<string, string>
  /** A line below the box. */
  foot?: string
}

export interface EdgeMark {
  tone: string
  label?: string
  width?: number
}

export interface Overlay {
  nodes: ReadonlyMap<string, NodeMark>
  edges: ReadonlyMap<string, EdgeMark>
}

export const NO_OVERLAY: Overlay = { nodes: new Map(), edges: new Map() }

const KEY: InjectionKey<ComputedRef<Overlay>> = Symbol('flow overlay')

export const provideOverlay = (overlay: ComputedRef<Overlay>): void => provide(KEY, overlay)

export const useOverlay = (): ComputedRef<Overlay> => inject(KEY, () => computed(() => NO_OVERLAY), true)
