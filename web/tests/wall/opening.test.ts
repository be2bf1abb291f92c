// A wall's figures of today open what they counted, and only for whoever may read reports.
import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { describe, expect, it, vi } from 'vitest'

import { dayQuery } from '@/features/live/dayQuery'
import { NOTHING_LIVE } from '@/features/live/liveState'
import { targetsOf } from '@/features/live/targets'
import WallFigures from '@/features/wall/components/WallFigures.vue'
import WallQueues from '@/features/wall/components/WallQueues.vue'
import type { QueueView } from '@/shared/api/types'
import type { LiveMetric } from '@/shared/metrics/liveMetrics'

const START = '2026-03-01T16:00:00Z'
const figures = { service_level: { text: '80.00%', value: 0.8 } }
const rights = vi.hoisted(() => ({ may: true }))
vi.mock('@/shared/session/session', () => ({ useSession: () => ({ may: () => rights.may }) }))
vi.mock('@/shared/api/client', async (original) => ({
  ...(await original<object>()),
  api: { GET: async () => ({ start: START, total: figures, queues: { q1: figures } }) },
  unwrap: async (answer: Promise<unknown>) => answer,
}))

const metrics = new Map([
  ['service_level', { key: 'service_level', name: '服务水平', day: true } as unknown as LiveMetric],
])
const targets = targetsOf([], metrics)
const queue = { queue_id: 'q1', name: '咨询', waiting: 0, ready: 1, signed_in: 1 } as unknown as QueueView

async function shown(may: boolean) {
  rights.may = may
  const global = { plugins: [VueQueryPlugin, createPinia()] }
  const all = mount(WallFigures, {
    props: { queues: [], queueIds: ['q1', 'q2'], live: NOTHING_LIVE, metrics, targets },
    global,
  })
  const one = mount(WallQueues, { props: { queues: [queue], metrics, targets }, global })
  await flushPromises()
  return { all, one }
}

describe('a figure on the wall', () => {
  it('opens with the queues of its page, a queue with itself alone', async () => {
    const { all, one } = await shown(true)
    await all.find('button[data-test="wall-figure-service_level"]').trigger('click')
    expect(all.emitted('open')).toEqual([
      [
        {
          key: 'service_level',
          queueIds: ['q1', 'q2'],
          start: START,
          title: expect.stringContaining('服务水平'),
        },
      ],
    ])
    await one.find('button[data-test="wall-咨询-service_level"]').trigger('click')
    expect(one.emitted('open')?.[0]).toMatchObject([{ queueIds: ['q1'], start: START }])
    expect(dayQuery(START, ['q1', 'q2'])).toMatchObject({
      filters: { queue: ['q1', 'q2'] },
      to: '2026-03-02T16:00:00.000Z',
    })
  })

  it('opens nothing that is of this moment', async () => {
    const { all } = await shown(true)
    await all.find('[data-test="wall-figure-waiting"]').trigger('click')
    expect(all.emitted('open')).toBeUndefined()
  })

  it('opens nothing for who may not read reports', async () => {
    const { all, one } = await shown(false)
    expect(all.find('button').exists() || one.find('button').exists()).toBe(false)
  })
})
