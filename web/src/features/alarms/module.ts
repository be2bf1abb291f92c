// What is out of its limits, and what those are. Its screens stand on the control room and on wall boards.

import type { WebModule } from '@/shared/module'

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
        '达到黄线或红线时告警。指标取自指标字典：“今日”各项与当天报表同一口径、同一数值，通话结束后计入。空闲、签入、接听率、接通率、服务水平、满意率、占用率降到界线及以下时告警，其余升到界线及以上时告警；黄线同时是监控页与大屏的目标。比率按百分数填写，时长按秒。',
      addRule: '新增规则',
      newRule: '排队人数',
      every: '每一个',
      whole: '全部',
      history: '已恢复',
      acknowledge: '确认',
      acknowledgedBy: '{name} 已确认',
      soundOn: '声音开',
      soundOff: '已静音',
      group: { moment: '此刻', day: '今日（口径同报表）' },
      scope: { site: '全中心', queue: '座席组', trunk: '中继', agent: '座席' },
      column: { metric: '指标', where: '范围', target: '对象', amber: '黄线', red: '红线', sound: '声音' },
      unit: { percent: '%', seconds: '秒', count: '' },
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
        'An alarm is raised at the amber and at the red line. Figures come from the metric dictionary; those of today are those of the reports, a call counting once it has ended. At or below the line for ready, signed in, answer, connect and satisfaction rates, service level and occupancy; at or above it for all others. Amber lines are the targets of the control room and of wall boards. Rates in percent, times in seconds.',
      addRule: 'Add a rule',
      newRule: 'Waiting',
      every: 'every one',
      whole: 'all',
      history: 'Over',
      acknowledge: 'Acknowledge',
      acknowledgedBy: 'acknowledged by {name}',
      soundOn: 'Sound on',
      soundOff: 'Silent',
      group: { moment: 'Now', day: 'Today (as in reports)' },
      scope: { site: 'Centre', queue: 'Queue', trunk: 'Trunk', agent: 'Agent' },
      column: { metric: 'Figure', where: 'Where', target: 'Of', amber: 'Amber', red: 'Red', sound: 'Sound' },
      unit: { percent: '%', seconds: 's', count: '' },
      wrong: {
        lines: '“{name}” needs a line at least',
        order: 'Red must be worse than amber for “{name}”',
        name: 'A rule needs a name',
      },
    },
  },
} satisfies WebModule
