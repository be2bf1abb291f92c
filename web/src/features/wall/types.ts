// Wall boards as the server has them.

import type { components } from '@/shared/api/generated'

type Schemas = components['schemas']

export type WallPageSetUp = Schemas['WallPage']
/** A board; without id it is not yet made. */
export type WallBoard = Schemas['WallBoardFields'] & { id: string }
export type PageKind = WallPageSetUp['kind']
export type Theme = WallBoard['theme']

/** A figure of today that somebody wants explained. */
export interface OpenedFigure {
  key: string
  /** The queues it counts; none: all in sight. */
  queueIds: readonly string[]
  /** The first moment of the day, as the server says. */
  start: string
  title: string
}

export const THEMES: readonly Theme[] = ['dark', 'blue', 'light']
export const PAGE_KINDS: readonly PageKind[] = ['figures', 'queues', 'agents', 'curve', 'alarms']
