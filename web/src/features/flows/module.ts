// Call flows: designed, tried, published, and measured.

import { Operation } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

import { en } from './words.en'
import { zh } from './words.zh'

const permissions = ['flows.view']

export default {
  name: 'flows',
  routes: [
    {
      path: '/flows',
      name: 'flows',
      component: () => import('./FlowsPage.vue'),
      meta: { permissions, title: 'flows.title' },
    },
    {
      path: '/flows/:id/:tab(problems|test|keys|versions)?',
      name: 'flow',
      component: () => import('./FlowPage.vue'),
      meta: { permissions, title: 'flows.title' },
    },
  ],
  menu: [{ path: '/flows', title: 'flows.title', icon: Operation, group: 'setup', order: 30, permissions }],
  messages: { 'zh-CN': zh, en },
} satisfies WebModule
