// The first page.

import { HomeFilled } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

export default {
  name: 'start',
  routes: [
    {
      path: '/start',
      name: 'start',
      component: () => import('./StartPage.vue'),
      meta: { title: 'start.title' },
    },
  ],
  menu: [
    { path: '/start', title: 'start.title', icon: HomeFilled, group: 'work', order: 0, permissions: [] },
  ],
  messages: {
    'zh-CN': {
      title: '开始',
      hello: '{name}，您好',
      demoHint: '这是演示环境。按下面的顺序点一遍，几分钟就能走完一通电话的全过程。',
      workHint: '从这里进入今天的工作。',
      step: '第 {n} 步',
      steps: {
        agent: {
          title: '以座席身份登录',
          text: '在新窗口登录座席 1001，选择“浏览器软电话”签入，再点“示闲”等待来电。',
          go: '打开座席窗口',
        },
        call: {
          title: '扮演市民打进来',
          text: '打开市民通话窗口，点“呼叫”，听到欢迎语后按 1 进入不动产登记。',
          go: '打开通话窗口',
        },
        live: { title: '看实时监控', text: '排队、振铃、通话的变化即时出现在这里。', go: '打开实时监控' },
        calls: {
          title: '查通话记录',
          text: '通话结束后，查看经过、录音波形和服务评价。',
          go: '打开通话记录',
        },
        reports: { title: '看统计报表', text: '刚才的通话已经计入今天的数字。', go: '打开统计报表' },
      },
      phone: {
        title: '用自己的话机试',
        text: '任何 SIP 软件都可以直接呼叫：',
        desk: '座席桌面话机的注册密码形如 {password}。',
      },
      password: '密码相同：{password}',
      logins: '演示账号',
      loginsHint: '密码相同，见启动时终端打印的内容。',
      account: '账号',
      role: '角色',
      links: '常用入口',
      noLinks: '您的角色目前没有可以进入的页面，请联系管理员。',
    },
    en: {
      title: 'Start',
      hello: 'Hello, {name}',
      demoHint:
        'This is the demo. Follow these steps and you have walked through a whole call in a few minutes.',
      workHint: 'Go to work from here.',
      step: 'Step {n}',
      steps: {
        agent: {
          title: 'Log in as an agent',
          text: 'In a new window log in as 1001, sign in with the browser phone and go ready.',
          go: 'Open agent window',
        },
        call: {
          title: 'Play the citizen',
          text: 'Open the citizen window, press Call, and press 1 after the welcome.',
          go: 'Open call window',
        },
        live: {
          title: 'Watch it live',
          text: 'Waiting, ringing and talking appear at once.',
          go: 'Open live page',
        },
        calls: {
          title: 'Find the call',
          text: 'See its time line, recording and rating.',
          go: 'Open call list',
        },
        reports: { title: 'Read the report', text: 'The call is already counted.', go: 'Open reports' },
      },
      phone: {
        title: 'Use your own phone',
        text: 'Any SIP software can call:',
        desk: 'Desk phones register with passwords like {password}.',
      },
      password: 'One password for all: {password}',
      logins: 'Demo log-ins',
      loginsHint: 'One password for all; it was printed at the start.',
      account: 'User',
      role: 'Role',
      links: 'Pages',
      noLinks: 'Your role opens no page yet. Ask an administrator.',
    },
  },
} satisfies WebModule
