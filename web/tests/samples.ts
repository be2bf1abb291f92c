// Views as the server sends them, with a few fields changed by each test.

import type {
  AgentView,
  CallView,
  DeskCall,
  DeskSnapshot,
  LiveSnapshot,
  Participant,
  QueueView,
} from '@/shared/api/types'

import type { Metrics } from '@/shared/metrics/liveMetrics'

const AT = '2026-11-22T08:00:00Z'

export const anAgent = (change: Partial<AgentView> = {}): AgentView => ({
  agent_id: 'a1',
  authority_id: 'org',
  number: '1001',
  name: '李婷',
  state: 'ready',
  reason: '',
  since: AT,
  until: null,
  next_state: null,
  device_id: '1001-web',
  device_registered: true,
  call_id: null,
  queue_id: null,
  queues: ['q1'],
  signed_in_at: AT,
  leader: false,
  mobile: '',
  forwarding_to: '',
  talks_today: 0,
  ...change,
})

export const aDeskCall = (change: Partial<DeskCall> = {}): DeskCall => ({
  call_id: 'c1',
  direction: 'inbound',
  phase: 'talking',
  since: AT,
  started_at: AT,
  ani: '13800138000',
  dnis: '01084000000',
  region: '北京',
  hotline_id: 'h1',
  hotline_name: '市政务服务热线',
  queue_id: 'q1',
  queue_name: '不动产登记',
  muted: false,
  recording: true,
  recording_paused: false,
  web: false,
  keys: ['不动产登记'],
  questions: [],
  participants: [],
  consult_ended: null,
  lead: null,
  offer_kind: null,
  offered_number: '',
  caller_kind: '',
  caller_name: '',
  earlier: [],
  ...change,
})

export const aParticipant = (change: Partial<Participant> = {}): Participant => ({
  leg_id: 'leg-2',
  role: 'consulted',
  up: true,
  since: AT,
  agent_id: 'a2',
  agent_number: '1002',
  name: '王磊',
  number: '',
  muted: false,
  ...change,
})

export const aDesk = (agent: Partial<AgentView> = {}, call: DeskCall | null = null): DeskSnapshot => ({
  agent: anAgent(agent),
  call,
  my_role: call ? 'lead' : '',
  pickable_count: 0,
  device: {
    browser: { id: '1001-web', registered: true },
    desk: { id: '1001', registered: false },
    mobile: null,
  },
  today: { answered: 3, missed: 0, outbound: 1, talk_s: 500 },
  busy_reasons: ['会议', '培训'],
  server_time: AT,
})

export const aCall = (call_id: string, change: Partial<CallView> = {}): CallView => ({
  call_id,
  authority_id: 'org',
  direction: 'inbound',
  phase: 'waiting',
  since: AT,
  started_at: AT,
  ani: '13800138000',
  dnis: '01084000000',
  hotline_id: 'h1',
  queue_id: 'q1',
  agent_id: null,
  talk_id: null,
  position: 1,
  muted: false,
  recording: false,
  recording_paused: false,
  keys: [],
  questions: [],
  web: false,
  participants: [],
  consult_ended: null,
  offer_kind: null,
  offered_number: '',
  caller_kind: '',
  caller_name: '',
  ...change,
})

export const aQueue = (queue_id: string, change: Partial<QueueView> = {}): QueueView => ({
  queue_id,
  authority_id: 'org',
  name: queue_id,
  waiting: 0,
  longest_wait_since: null,
  ringing: 0,
  talking: 0,
  ready: 0,
  signed_in: 0,
  callbacks_waiting: 0,
  estimated_wait_s: null,
  ...change,
})

export const aSnapshot = (change: Partial<LiveSnapshot> = {}): LiveSnapshot => ({
  seq: 10,
  at: AT,
  engine_up: true,
  agents: [],
  queues: [],
  calls: [],
  trunks: [],
  ...change,
})

/** The figures of live screens by the dictionary, as few as tests need. */
export const METRICS: Metrics = new Map(
  [
    { key: 'waiting', name: '排队等待', unit: 'count' as const, day: false, little_is_bad: false },
    { key: 'longest_wait_s', name: '最长等待', unit: 'duration' as const, day: false, little_is_bad: false },
    { key: 'ready', name: '空闲座席', unit: 'count' as const, day: false, little_is_bad: true },
    { key: 'engine_down', name: '语音服务中断', unit: 'duration' as const, day: false, little_is_bad: false },
    { key: 'queue_answer_rate', name: '接听率', unit: 'ratio' as const, day: true, little_is_bad: true },
    { key: 'service_level', name: '服务水平', unit: 'ratio' as const, day: true, little_is_bad: true },
  ].map((one) => [one.key, { ...one, name_en: one.key, words: '' }]),
)
