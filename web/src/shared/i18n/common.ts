// Words that every feature uses: actions, states, errors.

import type { Messages } from '@/shared/module'

import { commonEn } from './commonEn'
import { commonZh } from './commonZh'

export const common: Messages = { 'zh-CN': commonZh, en: commonEn }
