// Number rules as the switch applies them, for trying one out beside the form. The server's are in core/numbers.py.

import type { TrunkForm } from './api'

export type NumberRule = TrunkForm['inbound_rules'][number]

export const blankRule = (): NumberRule => ({ prefix: '', strip: 0, prepend: '' })

/** The rule for a number: the longest prefix wins, null when none fits. */
export function ruleFor(number: string, rules: NumberRule[]): NumberRule | null {
  let best: NumberRule | null = null
  for (const rule of rules) {
    if (number.startsWith(rule.prefix) && (best === null || rule.prefix.length > best.prefix.length))
      best = rule
  }
  return best
}

/** The number as its rule rewrites it. */
export function rewritten(number: string, rules: NumberRule[]): string {
  const rule = ruleFor(number, rules)
  return rule ? `${rule.prepend ?? ''}${number.slice(rule.strip ?? 0)}` : number
}

/** The first thing wrong with the rules, as a message key; null when they are fine. */
export function rulesProblem(rules: NumberRule[]): 'badRule' | 'prefixTwice' | null {
  const part = /^\+?[0-9]{0,20}$/
  if (rules.some(({ prefix, prepend }) => !part.test(prefix) || !part.test(prepend ?? ''))) return 'badRule'
  return new Set(rules.map(({ prefix }) => prefix)).size === rules.length ? null : 'prefixTwice'
}
