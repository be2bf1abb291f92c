// What happens now.

import { Monitor } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

import { words } from './words'

export default {
  name: 'live',
  routes: [
    {
      path: '/live',
      name: 'live',
      component: () => import('./LivePage.vue'),
      meta: { permissions: ['live.view'], title: 'live.title' },
    },
  ],
  menu: [
    {
      path: '/live',
      title: 'live.title',
      icon: Monitor,
      group: 'watch',
      order: 10,
      permissions: ['live.view'],
    },
  ],
  messages: words,
} satisfies WebModule
