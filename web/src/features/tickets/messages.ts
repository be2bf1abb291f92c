// The words of tickets.

import type { Messages } from '@/shared/module'

import { ticketsEn } from './messagesEn'
import { ticketsZh } from './messagesZh'

export const messages: Messages = { 'zh-CN': ticketsZh, en: ticketsEn }
