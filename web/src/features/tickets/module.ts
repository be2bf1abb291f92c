// Tickets: the list, one ticket, types with their forms, reports 16 and 17.

import { Memo, PieChart, SetUp } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

import { messages } from './messages'

const see = ['tickets.view', 'tickets.department']
const design = ['tickets.design']
const reports = ['reports.view']

export default {
  name: 'tickets',
  routes: [
    {
      path: '/tickets',
      name: 'tickets',
      component: () => import('./TicketsPage.vue'),
      meta: { permissions: see, title: 'tickets.title' },
    },
    {
      path: '/tickets/:id',
      name: 'ticket',
      component: () => import('./TicketPage.vue'),
      meta: { permissions: see, title: 'tickets.one' },
    },
    {
      path: '/ticket-types',
      name: 'ticket-types',
      component: () => import('./TypesPage.vue'),
      meta: { permissions: design, title: 'tickets.types.title' },
    },
    {
      path: '/ticket-reports',
      name: 'ticket-reports',
      component: () => import('./TicketReportPage.vue'),
      meta: { permissions: reports, title: 'tickets.report.title' },
    },
  ],
  menu: [
    { path: '/tickets', title: 'tickets.title', icon: Memo, group: 'work', order: 20, permissions: see },
    {
      path: '/ticket-reports',
      title: 'tickets.report.title',
      icon: PieChart,
      group: 'watch',
      order: 45,
      permissions: reports,
    },
    {
      path: '/ticket-types',
      title: 'tickets.types.title',
      icon: SetUp,
      group: 'setup',
      order: 45,
      permissions: design,
    },
  ],
  messages,
} satisfies WebModule
