// The agent's desk.

import { Headset } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

import { messages } from './messages'

export default {
  name: 'desk',
  routes: [
    {
      path: '/desk',
      name: 'desk',
      component: () => import('./DeskPage.vue'),
      meta: { permissions: ['desk.use'], title: 'desk.title' },
    },
  ],
  menu: [
    {
      path: '/desk',
      title: 'desk.title',
      icon: Headset,
      group: 'work',
      order: 10,
      permissions: ['desk.use'],
    },
  ],
  messages,
} satisfies WebModule
