// Lines to the outside.

import { Share } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

const permissions = ['trunks.view']

export default {
  name: 'trunks',
  routes: [
    {
      path: '/trunks',
      name: 'trunks',
      component: () => import('./TrunksPage.vue'),
      meta: { permissions, title: 'trunks.title' },
    },
  ],
  menu: [{ path: '/trunks', title: 'trunks.title', icon: Share, group: 'setup', order: 60, permissions }],
  messages: {
    'zh-CN': {
      title: '中继线路',
      what: '中继',
      hint: '与运营商或语音网关的 SIP 线路。改动立即生效，不影响正在进行的通话。',
      name: '名称',
      peers: '对端地址',
      peersHint: 'IP 或网段，例如 192.0.2.10 或 192.0.2.0/24；输入后回车。只接受这些地址的来电。',
      gateway: '外呼网关',
      gatewayHint: '外呼发往的地址，主机:端口；留空则不能外呼。',
      maxCalls: '最大并发',
      codecs: '语音编码',
      transport: '传输方式',
      numbers: '号码',
      numbersHint: '从这条中继打进来的被叫号码；输入后回车。留空表示全部热线号码。',
      username: '认证用户名',
      password: '认证密码',
      keepPassword: '已设置，留空则不修改',
      all: '全部',
      none: '不能外呼',
    },
    en: {
      title: 'Trunks',
      what: 'trunk',
      hint: 'SIP lines to carriers and gateways. Changes work at once.',
      name: 'Name',
      peers: 'Peers',
      peersHint: 'IP addresses or networks; press Enter. Only these may call.',
      gateway: 'Gateway',
      gatewayHint: 'host:port for calls out; empty: none.',
      maxCalls: 'Most calls',
      codecs: 'Codecs',
      transport: 'Transport',
      numbers: 'Numbers',
      numbersHint: 'Numbers called over this trunk; empty: all hotlines.',
      username: 'User name',
      password: 'Password',
      keepPassword: 'Set; leave empty to keep',
      all: 'All',
      none: 'No calls out',
    },
  },
} satisfies WebModule
