// Knowledge: for agents, for those who write and review, and for citizens.

import { EditPen, Reading } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

import { en } from './messagesEn'
import { zh } from './messagesZh'

const permissions = ['knowledge.read']
const writing = ['knowledge.write']

export default {
  name: 'knowledge',
  routes: [
    {
      path: '/knowledge',
      name: 'knowledge',
      component: () => import('./KnowledgePage.vue'),
      meta: { permissions, title: 'knowledge.title' },
    },
    {
      path: '/knowledge-articles',
      name: 'knowledge-manage',
      component: () => import('./ManagePage.vue'),
      meta: { permissions: writing, title: 'knowledge.manage' },
    },
    {
      path: '/knowledge-report',
      name: 'knowledge-report',
      component: () => import('./KnowledgeReportPage.vue'),
      meta: { permissions: ['reports.view'], title: 'knowledge.report.title' },
    },
    {
      path: '/ask',
      name: 'knowledge-public',
      component: () => import('./PublicPage.vue'),
      meta: { public: true, title: 'knowledge.publicTitle' },
    },
  ],
  menu: [
    { path: '/knowledge', title: 'knowledge.title', icon: Reading, group: 'work', order: 40, permissions },
    {
      path: '/knowledge-articles',
      title: 'knowledge.manage',
      icon: EditPen,
      group: 'work',
      order: 42,
      permissions: writing,
    },
  ],
  messages: { 'zh-CN': zh, en },
} satisfies WebModule
