// Where a call can go, as rows of one list: found by one search field, ordered by use, with what each allows.

import type { CallTarget, CallTargets } from '@/shared/api/types'
import { cleanNumber } from '@/shared/phone/number'
import { matches } from '@/shared/ui/match'

import type { PartyAction } from './types'

type TargetGroup = 'recent' | 'number' | 'leader' | 'agent' | 'queue' | 'flow'

export interface TargetRow {
  group: TargetGroup
  to: CallTarget
  /** Name and number as people say them; "" where the words of the screen say it (leader). */
  label: string
  /** State of an agent, for its colour and word. */
  state?: string
  waiting?: number
  ready?: number
  available: boolean
  actions: PartyAction[]
}

const ACTIONS: Record<CallTarget['kind'], PartyAction[]> = {
  agent: ['consult', 'transfer', 'conference'],
  leader: ['consult', 'transfer', 'conference'],
  number: ['consult', 'transfer', 'conference'],
  queue: ['transfer'],
  flow: ['transfer'],
  survey: ['transfer'],
}
const FEWEST_DIGITS = 3

export const keyOf = ({ kind, value }: CallTarget): string => `${kind}:${value ?? ''}`

/** The rows for what was typed; `allowed` are the verbs possible now, `recent` the targets used before, newest first. */
export function targetRows(
  targets: CallTargets,
  typed: string,
  { recent, allowed, ownNumber }: { recent: RecentTarget[]; allowed: Set<PartyAction>; ownNumber: string },
): TargetRow[] {
  const search = typed.trim()
  const all = everyRow(targets, ownNumber).map((row) => ({
    ...row,
    actions: ACTIONS[row.to.kind].filter((action) => allowed.has(action)),
  }))
  const digits = cleanNumber(search)
  const outside = digits.length >= FEWEST_DIGITS ? [numberRow(digits, allowed)] : []
  if (search) {
    const found = all.filter(({ label, to }) => matches(search, label, to.value))
    // An extension typed whole is meant; digits that are nobody's number are an outside number.
    const exact = found.filter(({ to }) => to.kind === 'agent' && to.value === digits)
    const rest = found.filter((row) => !exact.includes(row))
    return usable([...exact, ...rest, ...outside])
  }
  const used = recent.map(({ to, label }): TargetRow => {
    // The list is cut for large sites: one used before may be missing in it, and is shown without its state then.
    const known = all.find((one) => keyOf(one.to) === keyOf(to))
    const actions = ACTIONS[to.kind].filter((action) => allowed.has(action))
    return { ...(known ?? { to, label, available: true, actions }), group: 'recent' }
  })
  const keys = new Set(used.map(({ to }) => keyOf(to)))
  return usable([...used, ...all.filter(({ to }) => !keys.has(keyOf(to)))])
}

const usable = (rows: TargetRow[]): TargetRow[] => rows.filter(({ actions }) => actions.length > 0)

function numberRow(digits: string, allowed: Set<PartyAction>): TargetRow {
  const actions = ACTIONS.number.filter((action) => allowed.has(action))
  return { group: 'number', to: { kind: 'number', value: digits }, label: digits, available: true, actions }
}

function everyRow(targets: CallTargets, ownNumber: string): Omit<TargetRow, 'actions'>[] {
  const leader = { group: 'leader', to: { kind: 'leader', value: '' }, label: '' } as const
  const agents = targets.agents
    .filter(({ number }) => number !== ownNumber)
    .map((agent) => ({
      group: 'agent' as const,
      to: { kind: 'agent' as const, value: agent.number },
      label: `${agent.number} ${agent.name}`,
      state: agent.state,
      available: agent.available,
    }))
  return [
    { ...leader, available: targets.leader_available },
    ...agents.sort((a, b) => Number(b.available) - Number(a.available) || a.label.localeCompare(b.label)),
    ...targets.queues.map(({ id, name, number, waiting, ready }) => ({
      group: 'queue' as const,
      to: { kind: 'queue' as const, value: id },
      label: `${name} ${number}`,
      waiting,
      ready,
      available: ready > 0,
    })),
    ...targets.flows.map(({ id, name }) => ({
      group: 'flow' as const,
      to: { kind: 'flow' as const, value: id },
      label: name,
      available: true,
    })),
  ]
}

const KEPT = 5
const storageKey = (owner: string): string => `hotline.targets.${owner}`

export type RecentTarget = Pick<TargetRow, 'to' | 'label'>

/** Targets used in this window, newest first. They end with the window: numbers are not left on a shared computer. */
export function recentTargets(owner: string): RecentTarget[] {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey(owner)) ?? '[]') as RecentTarget[]
  } catch {
    return []
  }
}

export function rememberTarget(owner: string, { to, label }: RecentTarget): void {
  const rest = recentTargets(owner).filter((one) => keyOf(one.to) !== keyOf(to))
  sessionStorage.setItem(storageKey(owner), JSON.stringify([{ to, label }, ...rest].slice(0, KEPT)))
}
