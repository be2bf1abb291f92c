// The list of features. A feature that is not here does not exist.

import alarms from '@/features/alarms/module'
import announcements from '@/features/announcements/module'
import audit from '@/features/audit/module'
import calls from '@/features/calls/module'
import contracts from '@/features/contracts/module'
import customers from '@/features/customers/module'
import desk from '@/features/desk/module'
import exports from '@/features/exports/module'
import flows from '@/features/flows/module'
import hotlines from '@/features/hotlines/module'
import hours from '@/features/hours/module'
import knowledge from '@/features/knowledge/module'
import live from '@/features/live/module'
import parameters from '@/features/parameters/module'
import prompts from '@/features/prompts/module'
import queues from '@/features/queues/module'
import reports from '@/features/reports/module'
import session from '@/features/session/module'
import sms from '@/features/sms/module'
import sources from '@/features/sources/module'
import start from '@/features/start/module'
import surveys from '@/features/surveys/module'
import tickets from '@/features/tickets/module'
import trunks from '@/features/trunks/module'
import users from '@/features/users/module'
import wall from '@/features/wall/module'
import webcall from '@/features/webcall/module'
import type { WebModule } from '@/shared/module'

export const modules: WebModule[] = [
  session,
  start,
  desk,
  live,
  alarms,
  wall,
  tickets,
  customers,
  calls,
  knowledge,
  sms,
  reports,
  exports,
  contracts,
  hotlines,
  queues,
  flows,
  parameters,
  sources,
  prompts,
  announcements,
  hours,
  trunks,
  users,
  audit,
  webcall,
  surveys,
]
