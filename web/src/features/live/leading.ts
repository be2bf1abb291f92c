// Carries out what a leader orders: asks before harm, gets the telephone ready, says what came of it. Each order once at a time.

import { computed, ref, type Ref } from 'vue'

import type { AgentView, CallView } from '@/shared/api/types'
import { phoneNumber } from '@/shared/format/number'
import { translate } from '@/shared/i18n'
import { useSession } from '@/shared/session/session'
import { confirmed, toastDone, toastError } from '@/shared/ui/feedback'

import { actOnCall, dropParty, forceState } from './api'
import type { LeaderPhone } from './leaderPhone'
import type { LiveState } from './liveState'
import {
  HARMFUL,
  hasOwnCall,
  listeningTo,
  NEEDS_PHONE,
  possibleVerbs,
  type CallVerb,
  type Leader,
  type StateVerb,
  type Verb,
} from './verbs'

const STATE_VERBS: ReadonlySet<string> = new Set(['ready', 'busy', 'rest', 'offline'])
const BUSY_REASON = '其他'

export interface Chosen {
  agent: AgentView | null
  call: CallView | null
}

/** Whom a call is with, as the leader says it. */
export function partyOf(call: CallView): string {
  const number = call.direction === 'outbound' ? call.dnis : call.ani
  if (call.web) return translate('desk.card.web')
  return number ? phoneNumber(number) : translate('desk.card.anonymous')
}

export function useLeading(live: Ref<LiveState>, chosen: Ref<Chosen>, phone: LeaderPhone) {
  const session = useSession()
  const pending = ref('')
  const leader: Leader = {
    agentId: session.user?.id ?? '',
    may: (permission) => session.may(permission),
    signedIn() {
      const state = live.value.agents.get(session.user?.id ?? '')?.state
      return state !== undefined && state !== 'offline'
    },
    busy: () => hasOwnCall(live.value.agents.get(session.user?.id ?? '')?.state),
  }
  const can = computed(() => possibleVerbs(chosen.value, leader))
  const listening = computed(() => listeningTo(live.value.calls.values(), leader.agentId))

  function question(verb: Verb, { agent, call }: Chosen): string {
    const named = { name: agent?.name ?? '', party: call ? partyOf(call) : '' }
    return translate(`live.ask.${verb}`, named)
  }

  async function once(name: string, work: () => Promise<unknown>): Promise<void> {
    if (pending.value) return
    pending.value = name
    try {
      await work()
    } catch (error) {
      toastError(error)
    } finally {
      pending.value = ''
    }
  }

  async function carryOut(verb: Verb, target: Chosen): Promise<void> {
    if (STATE_VERBS.has(verb)) {
      if (!target.agent) return
      await forceState(target.agent.agent_id, verb as StateVerb, verb === 'busy' ? BUSY_REASON : '')
    } else {
      if (!target.call) return
      if (NEEDS_PHONE.has(verb)) await phone.ready()
      await actOnCall(target.call.call_id, verb as CallVerb | 'leave')
    }
    toastDone(translate(`live.done.${verb}`, { name: target.agent?.name ?? '' }))
  }

  /** Do it to what is chosen, or to the target given. */
  async function order(verb: Verb, target: Chosen = chosen.value): Promise<void> {
    if (!possibleVerbs(target, leader).has(verb)) return
    if (HARMFUL.has(verb) && !(await confirmed(question(verb, target), translate(`live.verb.${verb}`))))
      return
    await once(verb, () => carryOut(verb, target))
  }

  /** Change the role in, or leave, the call that is listened to. */
  async function orderListening(verb: Verb): Promise<void> {
    const mine = listening.value
    if (!mine) return
    const agent = live.value.agents.get(mine.call.agent_id ?? '') ?? null
    await order(verb, { agent, call: mine.call })
  }

  const drop = (call: CallView, legId: string): Promise<void> =>
    once(`drop-${legId}`, async () => {
      await dropParty(call.call_id, legId)
      toastDone(translate('live.done.drop'))
    })

  return { can, pending, listening, order, orderListening, drop, leader }
}

export type Leading = ReturnType<typeof useLeading>
