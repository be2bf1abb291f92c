// Announcements of the day.

import { BellFilled } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

const permissions = ['prompts.view']

export default {
  name: 'announcements',
  routes: [
    {
      path: '/announcements',
      name: 'announcements',
      component: () => import('./AnnouncementsPage.vue'),
      meta: { permissions, title: 'announcements.title' },
    },
  ],
  menu: [
    {
      path: '/announcements',
      title: 'announcements.title',
      icon: BellFilled,
      group: 'setup',
      order: 45,
      permissions,
    },
  ],
  messages: {
    'zh-CN': {
      title: '公告',
      what: '公告',
      hint: '在一段时间内告诉来电人的话，例如“今天系统维护”；流程里的“公告”节点播放正在生效的公告。',
      name: '名称',
      prompt: '播放的语音',
      promptHint: '先在“语音文件”里上传录音，或写一段文字由系统读出。',
      hotlines: '热线',
      hotlinesHint: '这些热线的来电人会听到；流程里要有“公告”节点。',
      from: '开始时间',
      until: '结束时间',
      untilHint: '留空则一直播放，直到停用。',
      untilTakenBack: '直到停用',
      holds: '有效时间',
      endsBefore: '结束时间应晚于开始时间',
      states: { in_force: '正在播放', coming: '未开始', over: '已结束' },
    },
    en: {
      title: 'Announcements',
      what: 'announcement',
      hint: 'What callers are told for a time; the node “Announcement” of a flow plays those in force.',
      name: 'Name',
      prompt: 'Prompt',
      promptHint: 'Record it, or write a text to be spoken, on the page of prompts first.',
      hotlines: 'Hotlines',
      hotlinesHint: 'Their callers hear it, where the flow has the node “Announcement”.',
      from: 'From',
      until: 'Until',
      untilHint: 'Empty: until it is taken back.',
      untilTakenBack: 'until taken back',
      holds: 'Holds',
      endsBefore: 'The end must be after the beginning',
      states: { in_force: 'in force', coming: 'coming', over: 'over' },
    },
  },
} satisfies WebModule
