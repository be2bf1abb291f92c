// Log-in and one's own password.

import type { WebModule } from '@/shared/module'

export default {
  name: 'session',
  routes: [
    {
      path: '/login',
      name: 'login',
      component: () => import('./LoginPage.vue'),
      meta: { public: true, title: 'session.logIn' },
    },
    {
      path: '/password',
      name: 'password',
      component: () => import('./PasswordPage.vue'),
      meta: { title: 'page.changePassword' },
    },
  ],
  messages: {
    'zh-CN': {
      logIn: '登录',
      welcome: '登录工作台',
      expired: '登录已过期，请重新登录，登录后会回到刚才的页面。',
      unreachable: '暂时连不上服务器，恢复后会自动回到刚才的页面。',
      username: '账号或工号',
      password: '密码',
      usernameNeeded: '请输入账号',
      passwordNeeded: '请输入密码',
      demo: '演示环境，点一下即可登录：',
      citizen: '市民网页通话',
      old: '当前密码',
      new: '新密码',
      again: '再次输入新密码',
      mismatch: '两次输入的新密码不一致',
      tooShort: '新密码至少 {n} 个字符',
      changed: '密码已修改',
      mustChange: '首次登录或密码被重置后，请先修改密码。',
    },
    en: {
      logIn: 'Log in',
      welcome: 'Log in',
      expired: 'The session has ended. Log in again to go on where you were.',
      unreachable: 'The server cannot be reached; you will be back where you were once it can.',
      username: 'User name or agent number',
      password: 'Password',
      usernameNeeded: 'Enter your user name',
      passwordNeeded: 'Enter your password',
      demo: 'Demo site, one click logs you in:',
      citizen: 'Call from the web',
      old: 'Current password',
      new: 'New password',
      again: 'New password again',
      mismatch: 'The two new passwords differ',
      tooShort: 'At least {n} characters',
      changed: 'Password changed',
      mustChange: 'Please change your password first.',
    },
  },
} satisfies WebModule
