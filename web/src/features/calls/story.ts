// Tells a call as a short story out of its journal: only the events a person asks about.

import { secondsSince } from '@/shared/format/time'

import type { StoryEvent } from '@/shared/api/types'

export interface StoryStep {
  seq: number
  at: string
  text: string
  tone: 'primary' | 'success' | 'warning' | 'danger' | undefined
  /** Whole seconds since the call began; null for its first step. */
  afterS: number | null
}

const TONES: Record<string, StoryStep['tone']> = {
  call_arrived: 'primary',
  call_placed: 'primary',
  call_answered: undefined,
  keys_pressed: undefined,
  queue_entered: 'warning',
  queue_left: undefined,
  offer_made: 'warning',
  offer_ended: undefined,
  talk_started: 'success',
  hold_started: undefined,
  hold_ended: undefined,
  talk_interrupted: 'danger',
  talk_resumed: 'success',
  talk_ended: undefined,
  wrap_up_ended: undefined,
  self_served: 'success',
  survey_invited: undefined,
  survey_answered: 'success',
  voicemail_left: 'success',
  callback_requested: 'success',
  call_failed: 'danger',
  call_ended: 'primary',
}

/** CallArrived → call_arrived; words that are already so stay. */
const kindKey = (kind: string): string => kind.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()

export function storyOf(events: StoryEvent[]): StoryStep[] {
  const first = events[0]
  return events
    .filter((event) => kindKey(event.kind) in TONES)
    .map((event) => ({
      seq: event.seq,
      at: event.at,
      text: event.text,
      tone: TONES[kindKey(event.kind)],
      afterS: first && event !== first ? secondsSince(first.at, Date.parse(event.at)) : null,
    }))
}
