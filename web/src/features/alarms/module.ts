// What is out of its limits, and what those are. Its screens stand on the control room and on wall boards.

import type { WebModule } from '@/shared/module'

const metric = {
  waiting: '排队人数',
  longest_wait_s: '最长等待',
  ready: '空闲座席',
  signed_in: '签入座席',
  service_level: '服务水平',
  answer_rate: '接听率',
  abandon_rate: '放弃率',
  trunk_used_pct: '中继占用',
  rest_s: '小休时长',
  busy_s: '示忙时长',
  after_call_s: '话后时长',
  engine_down: '语音服务中断',
}

export default {
  name: 'alarms',
  routes: [],
  messages: {
    'zh-CN': {
      title: '告警',
      none: '一切正常',
      rules: '设置',
      setUp: '告警与目标设置',
      setUpHint:
        '达到黄线或红线时告警。空闲、签入、服务水平、接听率低于界线时告警，其余达到界线时告警；服务水平和接听率的黄线同时是监控页与大屏的目标。比率按百分数填写，时长按秒。',
      addRule: '新增规则',
      newRule: '排队人数',
      every: '每一个',
      whole: '全部',
      history: '已恢复',
      acknowledge: '确认',
      acknowledgedBy: '{name} 已确认',
      soundOn: '声音开',
      soundOff: '已静音',
      metric,
      scope: { site: '全中心', queue: '座席组', trunk: '中继', agent: '座席' },
      column: { metric: '指标', where: '范围', target: '对象', amber: '黄线', red: '红线', sound: '声音' },
      wrong: {
        lines: '“{name}”请至少填写一条界线',
        order: '“{name}”的红线应比黄线更严重',
        name: '请填写规则名称',
      },
    },
    en: {
      title: 'Alarms',
      none: 'All is well',
      rules: 'Set up',
      setUp: 'Alarms and targets',
      setUpHint:
        'An alarm is raised at the amber and at the red line: below it for ready, signed in, service level and answer rate, at it for all others. The amber lines of service level and answer rate are the targets of the control room and of wall boards. Rates in percent, times in seconds.',
      addRule: 'Add a rule',
      newRule: 'Waiting',
      every: 'every one',
      whole: 'all',
      history: 'Over',
      acknowledge: 'Acknowledge',
      acknowledgedBy: 'acknowledged by {name}',
      soundOn: 'Sound on',
      soundOff: 'Silent',
      metric: {
        waiting: 'Waiting',
        longest_wait_s: 'Longest wait',
        ready: 'Ready agents',
        signed_in: 'Signed in',
        service_level: 'Service level',
        answer_rate: 'Answer rate',
        abandon_rate: 'Abandon rate',
        trunk_used_pct: 'Trunk use',
        rest_s: 'Time on break',
        busy_s: 'Time busy',
        after_call_s: 'After-call time',
        engine_down: 'Voice service down',
      },
      scope: { site: 'Centre', queue: 'Queue', trunk: 'Trunk', agent: 'Agent' },
      column: { metric: 'Figure', where: 'Where', target: 'Of', amber: 'Amber', red: 'Red', sound: 'Sound' },
      wrong: {
        lines: '“{name}” needs a line at least',
        order: 'Red must be worse than amber for “{name}”',
        name: 'A rule needs a name',
      },
    },
  },
} satisfies WebModule
