// All words of the screens: Simplified Chinese first, English second.

import { createI18n } from 'vue-i18n'

import type { Messages, WebModule } from '@/shared/module'

import { common } from './common'

export type Locale = keyof Messages

const KEY = 'hotline.language'
const stored = localStorage.getItem(KEY)

export const i18n = createI18n({
  legacy: false,
  locale: stored === 'en' ? 'en' : 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: common as Record<Locale, Messages['zh-CN']>,
})

/** Add the words of the features. */
export function addMessages(modules: WebModule[]): void {
  for (const module of modules) {
    for (const locale of ['zh-CN', 'en'] as const) {
      i18n.global.mergeLocaleMessage(locale, { [module.name]: module.messages[locale] })
    }
  }
}

export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale
}

export function setLocale(locale: Locale): void {
  localStorage.setItem(KEY, locale)
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
}

/** Translate outside of components. */
export const translate = (key: string, named: Record<string, unknown> = {}): string =>
  i18n.global.t(key, named)

/** The translation of a code, or the text given when the catalogue has none. */
export function translateOr(key: string, otherwise: string): string {
  return i18n.global.te(key) || i18n.global.te(key, 'zh-CN') ? i18n.global.t(key) : otherwise
}
