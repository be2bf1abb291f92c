// Who did what.

import { Memo } from '@element-plus/icons-vue'

import { fieldNames } from './fieldNames'
import { families, special, verbs } from './names'
import * as english from './namesEnglish'

import type { WebModule } from '@/shared/module'

const permissions = ['audit.view']

export default {
  name: 'audit',
  routes: [
    {
      path: '/audit',
      name: 'audit',
      component: () => import('./AuditPage.vue'),
      meta: { permissions, title: 'audit.title' },
    },
  ],
  menu: [{ path: '/audit', title: 'audit.title', icon: Memo, group: 'system', order: 20, permissions }],
  messages: {
    'zh-CN': {
      title: '操作审计',
      hint: '每一次修改、播放录音和导出都记在这里，前后以哈希相连，不能悄悄改动。',
      at: '时间',
      user: '人员',
      address: '来源地址',
      action: '操作',
      target: '对象',
      change: '变化',
      anyUser: '全部人员',
      family: '操作类别',
      check: '校验完整性',
      intact: '完整：{n} 条记录首尾相连，未被改动。',
      broken: '不完整：从第 {n} 条起与哈希不符。',
      before: '修改前',
      after: '修改后',
      noDetail: '没有更多内容',
      verbs,
      families,
      special,
      fields: fieldNames,
      yes: '是',
      no: '否',
      here: '本机',
    },
    en: {
      title: 'Audit',
      hint: 'Every change, playback and export, chained by hashes.',
      at: 'Time',
      user: 'Person',
      address: 'From',
      action: 'Action',
      target: 'Object',
      change: 'Change',
      anyUser: 'Everyone',
      family: 'Kind',
      check: 'Check integrity',
      intact: 'Intact: {n} entries.',
      broken: 'Broken from entry {n}.',
      before: 'Before',
      after: 'After',
      noDetail: 'Nothing more',
      verbs: english.verbs,
      families: english.families,
      special: english.special,
      fields: english.fields,
      yes: 'yes',
      no: 'no',
      here: 'this machine',
    },
  },
} satisfies WebModule
