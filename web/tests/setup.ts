// What every test gets: the product's words, and the browser parts that jsdom lacks.

import { config } from '@vue/test-utils'
import { beforeEach } from 'vitest'

import { modules } from '@/app/modules'
import { addMessages, i18n } from '@/shared/i18n'

class NoObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver ??= NoObserver as unknown as typeof ResizeObserver

addMessages(modules)
config.global.plugins = [i18n]
beforeEach(() => {
  i18n.global.locale.value = 'zh-CN'
  sessionStorage.clear()
})
