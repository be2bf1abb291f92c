// The list of features. A feature that is not here does not exist.

import calls from '@/features/calls/module'
import desk from '@/features/desk/module'
import live from '@/features/live/module'
import session from '@/features/session/module'
import start from '@/features/start/module'
import webcall from '@/features/webcall/module'
import type { WebModule } from '@/shared/module'

export const modules: WebModule[] = [session, start, desk, live, calls, webcall]
