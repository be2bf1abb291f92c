import { describe, expect, it } from 'vitest'

import { changesOf } from '@/features/audit/changes'
import { gainsFor } from '@/features/calls/sidePlayer'
import { storyOf } from '@/features/calls/story'
import { failureOf } from '@/features/webcall/webCall'

describe('the story of a call', () => {
  it('keeps what people ask about, with the time since the start', () => {
    const event = (seq: number, second: number, kind: string) => ({
      seq,
      at: `2026-11-22T08:00:${String(second).padStart(2, '0')}Z`,
      kind,
      text: kind,
      data: {},
    })
    const story = storyOf([
      event(1, 0, 'CallArrived'),
      event(2, 0, 'NodeEntered'),
      event(3, 7, 'TalkStarted'),
      event(4, 40, 'call_ended'),
    ])
    expect(story.map(({ seq, afterS, tone }) => [seq, afterS, tone])).toEqual([
      [1, null, 'primary'],
      [3, 7, 'success'],
      [4, 40, 'primary'],
    ])
  })

  it('of nothing is empty', () => expect(storyOf([])).toEqual([]))
})

describe('listening to one side', () => {
  it('puts the citizen alone on both ears', () => expect(gainsFor('left')).toEqual([1, 1, 0, 0]))
  it('puts the agent alone on both ears', () => expect(gainsFor('right')).toEqual([0, 0, 1, 1]))
})

describe('small judgements', () => {
  it('calls 486 and 503 busy, the rest unavailable', () => {
    expect([486, 503, 600].map(failureOf)).toEqual(['busy', 'busy', 'busy'])
    expect([0, 404, 500].map(failureOf)).toEqual(['unavailable', 'unavailable', 'unavailable'])
  })

  it('shows only the fields that an audit entry changed', () => {
    expect(changesOf({ name: 'a', n: 1 }, { name: 'b', n: 1, list: [1] })).toEqual([
      { field: 'list', before: '', after: '[1]' },
      { field: 'name', before: 'a', after: 'b' },
    ])
    expect(changesOf(null, null)).toEqual([])
  })
})
