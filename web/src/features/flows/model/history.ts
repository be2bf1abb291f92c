// Undo and redo: the documents that were, with what was selected. Changes of one group within a short time are one step,
// so that a typed word is undone as a word.

import type { FlowDocument } from './document'

export interface Moment {
  document: FlowDocument
  selection: readonly string[]
}

const STEPS_MAX = 1000
const GROUP_MS = 1500

export class History {
  private past: Moment[] = []
  private future: Moment[] = []
  private group = ''
  private groupAt = 0

  get canUndo(): boolean {
    return this.past.length > 0
  }

  get canRedo(): boolean {
    return this.future.length > 0
  }

  /** A change is about to happen; `now` is what is there before it. */
  remember(now: Moment, group: string, atMs: number): void {
    const same = group !== '' && group === this.group && atMs - this.groupAt < GROUP_MS
    this.group = group
    this.groupAt = atMs
    this.future = []
    if (same) return
    this.past.push(now)
    if (this.past.length > STEPS_MAX) this.past.shift()
  }

  undo(now: Moment): Moment | null {
    const before = this.past.pop()
    if (!before) return null
    this.future.push(now)
    this.group = ''
    return before
  }

  redo(now: Moment): Moment | null {
    const after = this.future.pop()
    if (!after) return null
    this.past.push(now)
    this.group = ''
    return after
  }

  clear(): void {
    this.past = []
    this.future = []
    this.group = ''
  }
}
