import { beforeEach, describe, expect, it } from 'vitest'

import {
  consultOutcome,
  mutedHere,
  possibleCommands,
  shownParticipants,
  whyHere,
} from '@/features/desk/deskState'
import { keyOf, recentTargets, rememberTarget, targetRows } from '@/features/desk/targets'
import type { PartyAction } from '@/features/desk/types'
import type { CallTargets, DeskCall, DeskSnapshot } from '@/shared/api/types'

import { aDesk, aDeskCall, aParticipant } from '../samples'

const talking = (change: Partial<DeskCall> = {}, desk: Partial<DeskSnapshot> = {}): DeskSnapshot => ({
  ...aDesk({ state: 'talking' }, aDeskCall(change)),
  ...desk,
})
const can = (desk: DeskSnapshot): string[] => [...possibleCommands(desk)]

describe('bringing others to a call', () => {
  it('is offered to the agent who has the citizen', () => {
    expect(can(talking())).toEqual(
      expect.arrayContaining(['transfer', 'consult', 'invite', 'survey', 'announce', 'hold']),
    )
    expect(can(talking())).not.toContain('complete')
    expect(can(talking())).not.toContain('leave')
  })

  it('gives no survey to somebody we called, and hands no colleague’s call on', () => {
    expect(can(talking({ direction: 'outbound' }))).not.toContain('survey')
    expect(can(talking({ direction: 'internal' }))).not.toContain('transfer')
  })

  it('lets one only take back while the other rings, and complete or join once they are up', () => {
    const ringing = can(talking({ phase: 'holding', participants: [aParticipant({ up: false })] }))
    expect(ringing).toContain('cancelConsult')
    expect(ringing).not.toContain('complete')
    expect(ringing).not.toContain('retrieve')
    const up = can(talking({ phase: 'holding', participants: [aParticipant()] }))
    expect(up).toEqual(expect.arrayContaining(['complete', 'conference', 'cancelConsult']))
    expect(up).not.toContain('transfer')
  })

  it('leaves a conference to the others, or calls one more in', () => {
    const now = can(talking({ participants: [aParticipant({ role: 'member' })] }))
    expect(now).toEqual(expect.arrayContaining(['invite', 'leave', 'hangup']))
    expect(now).not.toContain('transfer')
    expect(now).not.toContain('hold')
  })

  it('lets who is consulted only leave and close the microphone', () => {
    const asked = talking(
      { phase: 'holding', participants: [aParticipant({ agent_id: 'a1' })] },
      { my_role: 'consulted' },
    )
    expect(can(asked)).toEqual(expect.arrayContaining(['hangup', 'leave', 'mute']))
    expect(can(asked)).not.toContain('retrieve')
    expect(can(asked)).not.toContain('keypad')
    expect(can(asked)).not.toContain('recordPause')
  })

  it('reads a participant’s own microphone, not the lead’s', () => {
    const participants = [aParticipant({ agent_id: 'a1', role: 'member', muted: true })]
    const member = talking({ participants, muted: false }, { my_role: 'member' })
    expect(mutedHere(member)).toBe(true)
    expect(can(member)).toContain('unmute')
    expect(mutedHere(talking({ participants, muted: false }))).toBe(false)
  })

  it('offers picking up only to who is free, and only when there is something', () => {
    const desk = (state: DeskSnapshot['agent']['state'], pickable_count: number): DeskSnapshot => ({
      ...aDesk({ state }),
      pickable_count,
    })
    expect(can(desk('busy', 2))).toContain('pickUp')
    expect(can(desk('ready', 0))).not.toContain('pickUp')
    expect(can(desk('talking', 2))).not.toContain('pickUp')
  })

  it('shows neither silent listeners nor oneself', () => {
    const participants = [
      aParticipant({ leg_id: 'l1', role: 'monitor' }),
      aParticipant({ leg_id: 'l2', agent_id: 'a1', role: 'member' }),
      aParticipant({ leg_id: 'l3', role: 'whisper' }),
    ]
    expect(shownParticipants(talking({ participants })).map(({ leg_id }) => leg_id)).toEqual(['l3'])
  })
})

describe('a consultation that ends by itself', () => {
  const asking = (up: boolean): DeskSnapshot =>
    talking({ phase: 'holding', participants: [aParticipant({ up })] })

  const ended = (why: string): DeskSnapshot =>
    talking({ consult_ended: { at: '2026-11-22T02:00:00Z', why, number: '1002', name: '李梅' } })

  it.each([
    ['busy', 'busy'],
    ['rejected', 'rejected'],
    ['no_answer', 'noAnswer'],
    ['failed', 'failed'],
    ['hung_up', 'left'],
  ])('is told with its reason: %s', (why, how) => {
    expect(consultOutcome(asking(why === 'hung_up'), ended(why))).toEqual({ how, who: '李梅 1002' })
  })

  it.each([
    ['busy', 'outsideBusy'],
    ['no_answer', 'noAnswer'],
  ])('of a number outside is told in its own words: %s', (why, how) => {
    const after = talking({
      consult_ended: { at: '2026-11-22T02:00:00Z', why, number: '01066660000', name: '' },
    })
    expect(consultOutcome(asking(false), after)).toEqual({ how, who: '01066660000' })
  })

  it('is nothing to tell when this desk ended it, put the citizen through, or it is long over', () => {
    expect(consultOutcome(asking(true), ended('dropped'))).toBeNull()
    expect(consultOutcome(asking(true), ended('took_over'))).toBeNull()
    expect(consultOutcome(talking(), ended('busy'))).toBeNull()
  })

  it('is nothing to tell while it goes on, becomes a conference, or the call is over', () => {
    expect(consultOutcome(asking(false), asking(true))).toBeNull()
    expect(
      consultOutcome(asking(true), talking({ participants: [aParticipant({ role: 'member' })] })),
    ).toBeNull()
    expect(consultOutcome(asking(true), aDesk({ state: 'after_call' }))).toBeNull()
    expect(consultOutcome(asking(true), talking({ phase: 'wrap_up' }))).toBeNull()
  })
})

describe('why a call is here', () => {
  const ringing = (change: Partial<DeskCall>, desk: Partial<DeskSnapshot> = {}): DeskSnapshot => ({
    ...aDesk({ state: 'ringing' }, aDeskCall({ phase: 'ringing', ...change })),
    ...desk,
  })
  it.each([
    [ringing({ offer_kind: 'queue' }), null],
    [ringing({ offer_kind: 'callback' }), 'callback'],
    [ringing({ offer_kind: 'direct' }), 'direct'],
    [ringing({ offer_kind: 'direct', call_id: 'mine' }), 'returned'],
    [ringing({ offer_kind: 'pick_up' }), 'pickUp'],
    [ringing({ phase: 'holding' }, { my_role: 'consulted' }), 'consulted'],
    [ringing({ phase: 'talking' }, { my_role: 'member' }), 'invited'],
    [talking({}, { my_role: 'member' }), 'member'],
    [talking({ offer_kind: null }), null],
  ])('is said for %#', (desk, why) => expect(whyHere(desk, 'mine')).toBe(why))
})

describe('where a call can go', () => {
  const targets: CallTargets = {
    agents: [
      { agent_id: 'a1', number: '1001', name: '李婷', state: 'talking', available: false, leader: false },
      { agent_id: 'a3', number: '1003', name: '张静', state: 'busy', available: false, leader: false },
      { agent_id: 'a2', number: '1012', name: '王磊', state: 'ready', available: true, leader: false },
    ],
    queues: [{ id: 'q1', name: '社会保障', number: '8002', waiting: 3, ready: 0 }],
    flows: [{ id: 'f1', name: '主流程' }],
    leader_available: false,
  }
  const every = new Set<PartyAction>(['consult', 'transfer', 'conference'])
  const rows = (typed: string, allowed = every, recent: ReturnType<typeof recentTargets> = []) =>
    targetRows(targets, typed, { recent, allowed, ownNumber: '1001' })
  const keys = (typed: string, allowed?: Set<PartyAction>): string[] =>
    rows(typed, allowed).map(({ to }) => keyOf(to))

  it('lists who is free first, and never oneself', () => {
    expect(keys('')).toEqual(['leader:', 'agent:1012', 'agent:1003', 'queue:q1', 'flow:f1'])
  })

  it('finds by number and by name, and takes other digits as an outside number', () => {
    expect(keys('1003')[0]).toBe('agent:1003')
    expect(keys('王磊')).toEqual(['agent:1012'])
    expect(keys('010-6201 2345')).toEqual(['number:01062012345'])
    expect(keys('社会')).toEqual(['queue:q1'])
  })

  it('lets a queue be transferred to but not consulted, and hides what cannot be done', () => {
    expect(rows('社会')[0]?.actions).toEqual(['transfer'])
    expect(keys('', new Set(['conference']))).toEqual(['leader:', 'agent:1012', 'agent:1003'])
  })

  describe('remembering', () => {
    beforeEach(() => sessionStorage.clear())

    it('puts what was used last first, once, and keeps five', () => {
      for (const value of ['1', '2', '3', '4', '5', '6', '3'])
        rememberTarget('1001', { to: { kind: 'agent', value }, label: value })
      expect(recentTargets('1001').map(({ label }) => label)).toEqual(['3', '6', '5', '4', '2'])
      expect(recentTargets('1002')).toEqual([])
    })

    it('shows it at the top with its present state, and not a second time below', () => {
      const recent = [{ to: { kind: 'agent' as const, value: '1003' }, label: '1003 张静' }]
      const found = rows('', every, recent)
      expect(found[0]).toMatchObject({ group: 'recent', state: 'busy' })
      expect(found.filter(({ to }) => to.value === '1003')).toHaveLength(1)
    })

    it('still offers one that a long list left out', () => {
      const recent = [{ to: { kind: 'agent' as const, value: '1999' }, label: '1999 周洁' }]
      expect(rows('', every, recent)[0]).toMatchObject({ group: 'recent', label: '1999 周洁' })
    })
  })
})
