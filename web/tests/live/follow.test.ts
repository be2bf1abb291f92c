import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick, type ShallowRef } from 'vue'

import { useLive } from '@/features/live/follow'
import type { LiveState } from '@/features/live/liveState'

import { aCall, aSnapshot } from '../samples'

class FakeSocket extends EventTarget {
  static all: FakeSocket[] = []
  readyState = 1
  closed = false
  constructor(readonly url: string) {
    super()
    FakeSocket.all.push(this)
  }
  close(): void {
    this.closed = true
  }
  say(message: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }))
  }
  end(code: number): void {
    this.dispatchEvent(new CloseEvent('close', { code }))
  }
}

const change = (seq: number, rest = {}) => ({ seq, at: '2026-11-22T08:00:01Z', engine_up: true, ...rest })

describe('following the centre', () => {
  beforeEach(() => {
    FakeSocket.all = []
    vi.stubGlobal('WebSocket', FakeSocket)
    vi.useFakeTimers()
  })

  function follow(): ShallowRef<LiveState> {
    let live: ShallowRef<LiveState> | undefined
    const page = defineComponent({
      setup() {
        live = useLive()
        return () => h('div')
      },
    })
    mount(page, { global: { plugins: [createPinia()] } })
    return live!
  }

  it('folds many changes at once, when the next picture is drawn', async () => {
    const live = follow()
    const [socket] = FakeSocket.all
    socket?.say({ type: 'snapshot', live: aSnapshot({ seq: 10 }) })
    vi.runOnlyPendingTimers()
    let drawn = 0
    const stop = (await import('vue')).watch(live, () => drawn++)
    for (let seq = 11; seq < 61; seq++) socket?.say({ type: 'changes', changes: [change(seq)] })
    expect(live.value.seq).toBe(10)
    vi.runOnlyPendingTimers()
    await nextTick()
    expect([live.value.seq, drawn]).toEqual([60, 1])
    stop()
  })

  it('begins again once after a gap, without the place it had', () => {
    const live = follow()
    const first = FakeSocket.all[0]
    first?.say({ type: 'snapshot', live: aSnapshot({ seq: 10 }) })
    first?.say({ type: 'changes', changes: [change(12)] })
    vi.runOnlyPendingTimers()
    expect(FakeSocket.all).toHaveLength(2)
    expect(first?.closed).toBe(true)
    expect(FakeSocket.all[1]?.url).not.toContain('after=')
    FakeSocket.all[1]?.say({ type: 'snapshot', live: aSnapshot({ seq: 20, calls: [aCall('c9')] }) })
    vi.runOnlyPendingTimers()
    expect([live.value.seq, live.value.gap, live.value.calls.size]).toEqual([20, false, 1])
  })

  it('asks for what it missed after a break, and for everything when the server kept too little', () => {
    follow()
    FakeSocket.all[0]?.say({ type: 'snapshot', live: aSnapshot({ seq: 10 }) })
    vi.runOnlyPendingTimers()
    FakeSocket.all[0]?.end(1006)
    vi.advanceTimersByTime(1000)
    expect(FakeSocket.all[1]?.url).toContain('after=10')
    FakeSocket.all[1]?.end(1013)
    vi.advanceTimersByTime(2000)
    expect(FakeSocket.all).toHaveLength(3)
    expect(FakeSocket.all[2]?.url).not.toContain('after=')
  })
})
