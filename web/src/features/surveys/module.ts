// The page on which citizens rate the call they had; public, opened from an SMS.

import type { WebModule } from '@/shared/module'

export default {
  name: 'surveys',
  routes: [
    {
      path: '/s/:token',
      name: 'survey',
      component: () => import('./SurveyPage.vue'),
      props: true,
      meta: { public: true, title: 'surveys.title' },
    },
  ],
  messages: {
    'zh-CN': {
      title: '服务评价',
      intro: '请您对刚才的热线服务作出评价，只需几秒钟。',
      submit: '提交评价',
      choose: '请先选择一项',
      expired: '评价链接已过期',
      expiredHint: '评价有时间限制，感谢您的关注。',
      answered: '您已经评价过了',
      answeredHint: '每次通话评价一次，感谢您的参与。',
      unknown: '链接无效',
      unknownHint: '请从短信里重新打开链接，并确认链接完整。',
      failed: '暂时无法打开评价页面',
      retry: '重试',
      close: '现在可以关闭本页。',
    },
    en: {
      title: 'Rate our service',
      intro: 'Please rate the call you just had. It takes a few seconds.',
      submit: 'Submit',
      choose: 'Choose an answer first',
      expired: 'This link has expired',
      expiredHint: 'Answers are taken for a limited time. Thank you.',
      answered: 'You have answered already',
      answeredHint: 'Each call is rated once. Thank you.',
      unknown: 'This link is not valid',
      unknownHint: 'Open the link from the message again, and check that it is complete.',
      failed: 'The page cannot be opened just now',
      retry: 'Try again',
      close: 'You may close this page.',
    },
  },
} satisfies WebModule
