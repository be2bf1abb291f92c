// Long exports in the background.

import { Download } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

const permissions = ['reports.export', 'calls.read', 'customers.export', 'tickets.export']

export default {
  name: 'exports',
  routes: [
    {
      path: '/exports',
      name: 'exports',
      component: () => import('./ExportsPage.vue'),
      meta: { permissions, title: 'exports.title' },
    },
  ],
  menu: [
    { path: '/exports', title: 'exports.title', icon: Download, group: 'watch', order: 38, permissions },
  ],
  messages: {
    'zh-CN': {
      title: '导出任务',
      hint: '超过两万行的通话记录、明细、工单和客户在后台导出；做好后保存 7 天，只有您自己能下载。',
      created: '提交时间',
      name: '内容',
      because: '用途：{reason}',
      rows: '行数',
      size: '大小',
      until: '保存到',
      fetch: '下载',
      cancel: '取消',
      cancelSure: '取消导出“{name}”？已做的部分不保留。',
      cancelled: '已取消',
      again: '重新导出',
      repeated: '已重新排队',
      removeSure: '从列表删除“{name}”？文件也一并删除。',
      empty: '没有导出任务。在通话记录、报表明细、工单或客户里导出两万行以上时，任务出现在这里。',
      states: {
        queued: '排队中',
        running: '正在导出',
        done: '已完成',
        failed: '失败',
        cancelled: '已取消',
        expired: '已过期',
      },
    },
    en: {
      title: 'Exports',
      hint: 'Calls, listings, tickets and customers of more than 20,000 rows are made in the background and kept for 7 days; only you can fetch yours.',
      created: 'Asked for',
      name: 'What',
      because: 'For: {reason}',
      rows: 'Rows',
      size: 'Size',
      until: 'Kept until',
      fetch: 'Download',
      cancel: 'Cancel',
      cancelSure: 'Cancel the export “{name}”? Nothing of it stays.',
      cancelled: 'Cancelled',
      again: 'Export again',
      repeated: 'Waiting again',
      removeSure: 'Remove “{name}” with its file?',
      empty: 'No exports. Calls, listings, tickets and customers of more than 20,000 rows appear here.',
      states: {
        queued: 'waiting',
        running: 'running',
        done: 'done',
        failed: 'failed',
        cancelled: 'cancelled',
        expired: 'expired',
      },
    },
  },
} satisfies WebModule
