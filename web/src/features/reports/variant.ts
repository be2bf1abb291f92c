// The formula variant (口径) as text: `service_level=offered,service_level_s=20,…`; only what differs from the default is sent.

export interface VariantChoice {
  service_level: 'offered' | 'answered' | 'ignore_abandons' | 'credit_abandons'
  service_level_s: number
  answer_base: 'request' | 'trunk'
  unanswered: 'trunk' | 'request'
  short_abandon_s: number
  include_test: boolean
}

export const DEFAULT_VARIANT: VariantChoice = {
  service_level: 'offered',
  service_level_s: 20,
  answer_base: 'request',
  unanswered: 'trunk',
  short_abandon_s: 5,
  include_test: false,
}

/** The text for the server; "" when nothing was changed. */
export function variantText(choice: VariantChoice): string {
  return (Object.keys(DEFAULT_VARIANT) as (keyof VariantChoice)[])
    .filter((key) => choice[key] !== DEFAULT_VARIANT[key])
    .map((key) => `${key}=${String(choice[key])}`)
    .join(',')
}

/** Read a text back; unknown parts are left at their default. */
export function readVariant(text: string): VariantChoice {
  const given = new Map(text.split(',').map((part) => part.split('=', 2) as [string, string | undefined]))
  const choice: Record<string, unknown> = { ...DEFAULT_VARIANT }
  for (const [key, standard] of Object.entries(DEFAULT_VARIANT)) {
    const value = given.get(key)
    if (value === undefined) continue
    if (typeof standard === 'number') choice[key] = Number.isFinite(Number(value)) ? Number(value) : standard
    else if (typeof standard === 'boolean') choice[key] = value === 'true'
    else choice[key] = value
  }
  return choice as unknown as VariantChoice
}
