import { describe, expect, it } from 'vitest'

import { listeningTo, possibleVerbs, type Leader, type Verb } from '@/features/live/verbs'
import type { CallView } from '@/shared/api/types'

import { aCall, anAgent } from '../samples'

const leader: Leader = { agentId: 'boss', signedIn: () => true, busy: () => false, may: () => true }
const talking = aCall('c1', { phase: 'talking', agent_id: 'a1' })
const party = (role: string): CallView['participants'] =>
  [
    {
      leg_id: 'l',
      role,
      up: true,
      since: '2026-11-22T08:00:00Z',
      agent_id: 'boss',
      agent_number: '2001',
      name: '',
      number: '',
      muted: false,
    },
  ] as CallView['participants']
const verbs = (call: CallView | null, agent = anAgent({ state: 'talking' }), who = leader): Verb[] =>
  [...possibleVerbs({ call, agent }, who)].sort()

describe('what a leader may do', () => {
  it('with a talk: listen, speak, take over, end it', () => {
    expect(verbs(talking)).toEqual(
      ['barge', 'busy', 'intercept', 'monitor', 'offline', 'ready', 'release', 'rest', 'whisper'].sort(),
    )
  })

  it('with a waiting call: pick it up or end it, but not listen', () => {
    expect([...possibleVerbs({ call: aCall('c2'), agent: null }, leader)].sort()).toEqual([
      'pickup',
      'release',
    ])
  })

  it('is to change the role they have, or to leave', () => {
    const call = { ...talking, participants: party('whisper') }
    expect(verbs(call)).toContain('leave')
    expect(verbs(call)).not.toContain('whisper')
    expect(verbs(call)).toContain('barge')
  })

  it('is nothing that needs their own telephone while that has a call, but to listen on where they do', () => {
    const busy = { ...leader, busy: () => true }
    expect(verbs(talking, anAgent({ state: 'talking' }), busy)).toEqual(
      ['busy', 'offline', 'ready', 'release', 'rest'].sort(),
    )
    const mine = { ...talking, participants: party('monitor') }
    expect(verbs(mine, anAgent({ state: 'talking' }), busy)).toContain('whisper')
  })

  it('is nothing to their own call or their own state', () => {
    expect(verbs({ ...talking, agent_id: 'boss' }, anAgent({ agent_id: 'boss' }))).toEqual([])
  })

  it('is nothing to a call that is over, and no state of who is away', () => {
    expect(verbs(aCall('c3', { phase: 'wrap_up' }), anAgent({ state: 'offline' }))).toEqual([])
  })

  it('is only what their role permits', () => {
    const watcher: Leader = {
      ...leader,
      may: (permission) => permission === 'calls.monitor',
    }
    expect(verbs(talking, anAgent({ state: 'talking' }), watcher)).toEqual(['monitor'])
  })

  it('is not to take a call over without taking part', () => {
    const away: Leader = { ...leader, signedIn: () => false }
    expect(verbs(talking, anAgent({ state: 'talking' }), away)).not.toContain('intercept')
    expect([...possibleVerbs({ call: aCall('c2'), agent: null }, away)]).toEqual(['release'])
  })

  it('does not offer the state that comes next anyway', () => {
    expect(verbs(null, anAgent({ state: 'talking', next_state: 'busy' }))).toEqual([
      'offline',
      'ready',
      'rest',
    ])
  })
})

describe('where a leader listens', () => {
  it('is found among all calls; a conference member does not listen', () => {
    const calls = [talking, aCall('c4', { participants: party('monitor') })]
    expect(listeningTo(calls, 'boss')).toMatchObject({ role: 'monitor', up: true })
    expect(listeningTo([aCall('c5', { participants: party('member') })], 'boss')).toBeNull()
  })
})
