import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { backOffMs, openLiveSocket, type SocketStatus } from '@/shared/realtime/socket'

class FakeSocket extends EventTarget {
  static made: FakeSocket[] = []
  readyState = 0
  constructor(readonly url: string) {
    super()
    FakeSocket.made.push(this)
  }
  drop(code = 1006): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code }))
  }
  close(): void {
    this.readyState = 3
  }
}

function begin(more: Partial<Parameters<typeof openLiveSocket>[0]> = {}) {
  const statuses: SocketStatus[] = []
  const messages: unknown[] = []
  const socket = openLiveSocket({
    url: () => 'ws://x/events',
    protocols: () => ['hotline'],
    onMessage: (message) => messages.push(message),
    onStatus: (status) => statuses.push(status),
    random: () => 1,
    connect: (url) => new FakeSocket(url) as unknown as WebSocket,
    ...more,
  })
  return { socket, statuses, messages }
}

beforeEach(() => {
  FakeSocket.made = []
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

describe('a socket that comes back', () => {
  it('waits longer each time, within its limits', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const delay = backOffMs(attempt, 500, 10_000, () => random)
        expect(delay).toBeGreaterThanOrEqual(250)
        expect(delay).toBeLessThanOrEqual(10_000)
      }),
    )
    expect(backOffMs(1, 500, 10_000, () => 1)).toBe(1000)
  })

  it('connects again after it was dropped, asking anew where to go on', () => {
    let after = 5
    const { socket, statuses } = begin({ url: () => `ws://x/events?after=${after}` })
    after = 9
    FakeSocket.made[0]?.drop()
    expect(statuses.at(-1)).toBe('lost')
    vi.advanceTimersByTime(500)
    expect(FakeSocket.made[1]?.url).toBe('ws://x/events?after=9')
    socket.close()
  })

  it('does not try again when the server refuses', () => {
    const onRefused = vi.fn()
    const { statuses } = begin({ onRefused })
    FakeSocket.made[0]?.drop(4401)
    vi.advanceTimersByTime(60_000)
    expect(FakeSocket.made).toHaveLength(1)
    expect(statuses.at(-1)).toBe('closed')
    expect(onRefused).toHaveBeenCalledWith(4401)
  })

  it('forgets its place when the server no longer knows it', () => {
    const onBeginAgain = vi.fn()
    const { socket } = begin({ onBeginAgain })
    FakeSocket.made[0]?.drop(1013)
    expect(onBeginAgain).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(500)
    expect(FakeSocket.made).toHaveLength(2)
    socket.close()
  })

  it('ignores what an old connection still says', () => {
    const { socket, messages } = begin()
    const old = FakeSocket.made[0]
    socket.restart()
    old?.dispatchEvent(new MessageEvent('message', { data: '{"seq":1}' }))
    old?.drop()
    vi.advanceTimersByTime(60_000)
    expect(messages).toEqual([])
    expect(FakeSocket.made).toHaveLength(2)
    socket.close()
  })

  it('comes back at once when the network does', () => {
    const { socket } = begin()
    FakeSocket.made[0]?.drop()
    window.dispatchEvent(new Event('online'))
    expect(FakeSocket.made).toHaveLength(2)
    socket.close()
  })
})
