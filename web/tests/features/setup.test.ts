import { describe, expect, it } from 'vitest'

import { blankQueue } from '@/features/queues/form'
import { overflowChain, type OverflowQueue } from '@/features/queues/overflow'
import { allowsAbroad, blankLine, lineOf, linesProblem, rulesOf } from '@/features/trunks/outbound'
import { rewritten, rulesProblem, ruleFor } from '@/features/trunks/rules'

const queue = (id: string, change: Partial<OverflowQueue> = {}): OverflowQueue => ({
  ...blankQueue(),
  id,
  name: id,
  ...change,
})
const kinds = (first: OverflowQueue, queues: OverflowQueue[] = []): string[] =>
  overflowChain(first, queues).map(({ kind }) => kind)

describe('the overflow chain', () => {
  it('waits for ever where nothing makes the caller leave', () => {
    expect(kinds(queue('a', { overflow_to: 'voicemail' }))).toEqual(['waits'])
  })

  it('is told from queue to queue to its end', () => {
    const social = queue('social', { max_wait_s: 30, overflow_to: 'duty', overflow_number: '01066660000' })
    const first = queue('first', { max_wait_s: 60, overflow_to: 'queue', overflow_queue_id: 'social' })
    expect(overflowChain(first, [first, social])).toEqual([
      { kind: 'leaves', waitS: 60, length: 0, noAgent: false },
      { kind: 'queue', name: 'social' },
      { kind: 'leaves', waitS: 30, length: 0, noAgent: false },
      { kind: 'duty', number: '01066660000' },
    ])
  })

  it('finds a circle, also through the queue that is being written', () => {
    const b = queue('b', { max_wait_s: 30, overflow_to: 'queue', overflow_queue_id: 'a' })
    const a = queue('a', { max_length: 5, overflow_to: 'queue', overflow_queue_id: 'b' })
    expect(kinds(a, [queue('a'), b])).toEqual(['leaves', 'queue', 'leaves', 'queue', 'circle'])
  })

  it('says when its target is gone', () => {
    const lost = queue('a', { no_agent_overflow: true, overflow_to: 'queue', overflow_queue_id: 'gone' })
    expect(kinds(lost)).toEqual(['leaves', 'unknown'])
  })
})

describe('number rules', () => {
  const rules = [
    { prefix: '', strip: 0, prepend: '9' },
    { prefix: '0086', strip: 4, prepend: '' },
    { prefix: '00861', strip: 4, prepend: '0' },
  ]
  it.each([
    ['01062012345', '901062012345'],
    ['00862162012345', '2162012345'],
    ['008613800138000', '013800138000'],
  ])('rewrite %s by the longest beginning', (number, sent) => expect(rewritten(number, rules)).toBe(sent))

  it('leave a number alone that none fits', () => {
    expect(ruleFor('13800138000', rules.slice(1))).toBeNull()
    expect(rewritten('13800138000', rules.slice(1))).toBe('13800138000')
  })

  it('may not begin alike, nor hold what cannot be dialled', () => {
    expect(rulesProblem(rules)).toBeNull()
    expect(rulesProblem([...rules, { prefix: '0086', strip: 0, prepend: '' }])).toBe('prefixTwice')
    expect(rulesProblem([{ prefix: '0a', strip: 0, prepend: '' }])).toBe('badRule')
  })
})

describe('outbound rules', () => {
  it('are written as they were read', () => {
    const rule = {
      prefix: '00',
      allowed: true,
      min_class: 3,
      from_min: 480,
      until_min: 1440,
      daily_limit: 5,
      note: '',
    }
    expect(rulesOf([lineOf(rule)])).toEqual([rule])
  })

  it.each([
    [{ prefix: 'x' }, 'outbound.badPrefix'],
    [{ from: '18:00', until: '08:00' }, 'outbound.badHours'],
    [{ until: '25:00' }, 'outbound.badHours'],
  ])('refuse %o', (change, problem) => {
    expect(linesProblem([{ ...blankLine(), ...change }])).toEqual({ index: 0, problem })
  })

  it('refuse two rules for one beginning, and say which', () => {
    expect(linesProblem([blankLine(), { ...blankLine(), prefix: '0' }, blankLine()])).toEqual({
      index: 2,
      problem: 'prefixTwice',
    })
  })

  it('warn of a rule for all numbers that opens the world', () => {
    expect(allowsAbroad([blankLine()])).toBe(true)
    expect(allowsAbroad([blankLine(), { ...blankLine(), prefix: '00', allowed: false }])).toBe(false)
    expect(allowsAbroad([{ ...blankLine(), min_class: 3 }])).toBe(false)
    expect(allowsAbroad([{ ...blankLine(), prefix: '0' }])).toBe(false)
  })
})
