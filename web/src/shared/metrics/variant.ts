// The formula variant (口径): the server's choices, as text for the server (`service_level=offered,…`) and in words for people.

import { useQuery } from '@tanstack/vue-query'

import { api, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

export type VariantOption = components['schemas']['OptionView']
export type Choices = components['schemas']['VariantView']['options']
type Value = Choices[string]

export const useVariantOptions = () =>
  useQuery({
    queryKey: ['variant-options'],
    queryFn: () => unwrap(api.GET('/api/v1/metrics/variant-options')),
    staleTime: Infinity,
  })

const valueOf = (option: VariantOption, choices: Choices): Value => choices[option.key] ?? option.default
const changed = (options: VariantOption[], choices: Choices): VariantOption[] =>
  options.filter((one) => String(valueOf(one, choices)) !== String(one.default))

/** The text for the server: what differs from the product's own; "" when nothing does. */
export const variantText = (options: VariantOption[], choices: Choices): string =>
  changed(options, choices)
    .map((one) => `${one.key}=${String(valueOf(one, choices))}`)
    .join(',')

/** Read a text back; what is unknown or makes no sense is left at its default. */
export function readVariant(options: VariantOption[], text: string): Choices {
  const given = new Map(text.split(',').map((part) => part.split('=', 2) as [string, string | undefined]))
  return Object.fromEntries(options.map((one) => [one.key, read(one, given.get(one.key))]))
}

function read(option: VariantOption, written: string | undefined): Value {
  if (written === undefined) return option.default
  if (option.kind === 'number') return Number.isFinite(Number(written)) ? Number(written) : option.default
  if (!option.choices.some(({ value }) => value === written)) return option.default
  return option.kind === 'flag' ? written === 'true' : written
}

/** The choices that are not the product's own, each in words. */
export const told = (options: VariantOption[], choices: Choices): string[] =>
  changed(options, choices).map((one) => {
    const written = String(valueOf(one, choices))
    return `${one.name}：${one.choices.find(({ value }) => value === written)?.name ?? written}`
  })
