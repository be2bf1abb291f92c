// Prompts.

import { Bell } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

const permissions = ['prompts.view']

export default {
  name: 'prompts',
  routes: [
    {
      path: '/prompts',
      name: 'prompts',
      component: () => import('./PromptsPage.vue'),
      meta: { permissions, title: 'prompts.title' },
    },
  ],
  menu: [{ path: '/prompts', title: 'prompts.title', icon: Bell, group: 'setup', order: 40, permissions }],
  messages: {
    'zh-CN': {
      title: '语音文件',
      what: '语音',
      hint: '电话里播放的提示音。上传后自动转换为电话音质并统一音量，立即生效。',
      key: '标识',
      keyHint: '小写字母开头，可含数字和下划线；流程用它引用，保存后不能改。',
      name: '名称',
      text: '文字内容',
      file: '音频文件',
      fileHint: 'WAV、MP3、M4A 等常见格式均可。',
      replaceHint: '选择文件则替换现有录音，不选则保持不变。',
      choose: '选择文件',
      duration: '时长',
      size: '大小',
      updated: '更新时间',
      play: '试听',
      stop: '停止',
      used: '使用位置',
      notUsed: '没有被使用',
      badKey: '标识格式不对',
      fileNeeded: '请选择音频文件',
      kinds: { flow: '流程', queue: '座席组', hotline: '热线' },
    },
    en: {
      title: 'Prompts',
      what: 'prompt',
      hint: 'What callers hear. Uploads are converted to telephone audio of even loudness and used at once.',
      key: 'Key',
      keyHint: 'Small letters, digits, underscores; flows refer to it, it cannot change.',
      name: 'Name',
      text: 'Words',
      file: 'Audio',
      fileHint: 'WAV, MP3, M4A and so on.',
      replaceHint: 'A file replaces the recording; none keeps it.',
      choose: 'Choose file',
      duration: 'Length',
      size: 'Size',
      updated: 'Updated',
      play: 'Play',
      stop: 'Stop',
      used: 'Used by',
      notUsed: 'Not used',
      badKey: 'The key is not valid',
      fileNeeded: 'Choose an audio file',
      kinds: { flow: 'Flow', queue: 'Queue', hotline: 'Hotline' },
    },
  },
} satisfies WebModule
