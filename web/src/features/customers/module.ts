// Customers: files, contacts, contracts.

import { User } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

import { messages } from './messages'

const permissions = ['customers.view']

export default {
  name: 'customers',
  routes: [
    {
      path: '/customers',
      name: 'customers',
      component: () => import('./CustomersPage.vue'),
      meta: { permissions, title: 'customers.title' },
    },
  ],
  menu: [{ path: '/customers', title: 'customers.title', icon: User, group: 'work', order: 30, permissions }],
  messages,
} satisfies WebModule
