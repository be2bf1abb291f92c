// Global parameters: values that flows use and people change without touching a flow.

import { Setting } from '@element-plus/icons-vue'

import type { WebModule } from '@/shared/module'

const permissions = ['flows.view']

export default {
  name: 'parameters',
  routes: [
    {
      path: '/parameters',
      name: 'parameters',
      component: () => import('./ParametersPage.vue'),
      meta: { permissions, title: 'parameters.title' },
    },
  ],
  menu: [
    { path: '/parameters', title: 'parameters.title', icon: Setting, group: 'setup', order: 32, permissions },
  ],
  messages: {
    'zh-CN': {
      title: '全局参数',
      hint: '各流程共用的数值，例如值班电话、限额、开关。改动立即对新来电生效，不必重新发布流程。',
      what: '参数',
      empty: '还没有全局参数',
      name: '名称',
      key: '标识',
      keyHint: '小写字母开头，可含数字和下划线；在表达式里写 param.标识。建好后不能改。',
      inFlows: '在流程里写作',
      type: '类型',
      types: { text: '文字', int: '整数', number: '小数', flag: '开关' },
      value: '值',
      note: '说明',
      changed: '最近修改',
      badKey: '小写字母开头，只含小写字母、数字、下划线，最多 32 位',
      badInt: '请填写整数',
      badNumber: '请填写数字',
      removeConfirm: '确定删除参数“{name}”吗？仍有流程使用时不能删除。',
      uses: '使用它的流程',
      noUses: '没有流程使用',
      history: '修改记录',
    },
    en: {
      title: 'Parameters',
      hint: 'Values that flows share. Changes hold for new calls at once, without publishing.',
      what: 'parameter',
      empty: 'No parameters yet',
      name: 'Name',
      key: 'Key',
      keyHint: 'Small letters, digits, underscore; param.key in expressions. Fixed once made.',
      inFlows: 'In flows',
      type: 'Type',
      types: { text: 'Text', int: 'Whole number', number: 'Number', flag: 'Switch' },
      value: 'Value',
      note: 'Note',
      changed: 'Last change',
      badKey: 'small letters, digits, underscore; at most 32',
      badInt: 'a whole number please',
      badNumber: 'a number please',
      removeConfirm: 'Remove the parameter “{name}”? It is refused while a flow uses it.',
      uses: 'Used by',
      noUses: 'No flow uses it',
      history: 'Changes',
    },
  },
} satisfies WebModule
