// A WebSocket that comes back: exponential back-off with jitter, at once when the browser says it is on line again.
// Knows nothing of what is said on it.

export type SocketStatus = 'connecting' | 'open' | 'lost' | 'closed'

export interface SocketOptions {
  /** Asked before each attempt, so that a later attempt may ask for what was missed. */
  url(): string
  protocols(): string[]
  onMessage(message: unknown): void
  onStatus(status: SocketStatus): void
  /** The server will not have us (not logged in, no permission); nothing is tried again. */
  onRefused?(code: number): void
  /** The server kept too little to go on from where we were: forget it before `url` is asked again. */
  onBeginAgain?(): void
  minDelayMs?: number
  maxDelayMs?: number
  random?(): number
  connect?(url: string, protocols: string[]): WebSocket
}

export interface LiveSocket {
  close(): void
  /** Drop the connection and begin again, for a reader that found itself out of step. */
  restart(): void
}

const BEGIN_AGAIN = 1013
/** The server's close codes for refusals are 4400 plus (HTTP status − 400). */
const isRefusal = (code: number): boolean => code >= 4400 && code < 4500

/** Delay before attempt n (from 0): doubles up to the limit, half of it random so that many desks do not return at once. */
export function backOffMs(attempt: number, minMs: number, maxMs: number, random: () => number): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 20))
  return full / 2 + (full / 2) * random()
}

export function openLiveSocket(options: SocketOptions): LiveSocket {
  const { minDelayMs = 500, maxDelayMs = 10_000, random = Math.random } = options
  const connect = options.connect ?? ((url, protocols) => new WebSocket(url, protocols))
  let socket: WebSocket | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0
  let closed = false

  function open(): void {
    clearTimeout(timer)
    if (closed) return
    options.onStatus('connecting')
    const mine = connect(options.url(), options.protocols())
    socket = mine
    mine.addEventListener('open', () => {
      if (socket !== mine) return
      attempt = 0
      options.onStatus('open')
    })
    mine.addEventListener('message', (event) => {
      if (socket === mine) options.onMessage(JSON.parse(String(event.data)))
    })
    mine.addEventListener('close', (event) => {
      if (socket !== mine) return
      socket = null
      if (isRefusal(event.code)) {
        closed = true
        options.onStatus('closed')
        options.onRefused?.(event.code)
        return
      }
      if (event.code === BEGIN_AGAIN) options.onBeginAgain?.()
      options.onStatus('lost')
      timer = setTimeout(open, backOffMs(attempt++, minDelayMs, maxDelayMs, random))
    })
  }

  function restart(): void {
    const old = socket
    socket = null
    old?.close()
    open()
  }

  const onOnline = (): void => {
    if (socket === null || socket.readyState !== WebSocket.OPEN) restart()
  }
  window.addEventListener('online', onOnline)
  open()

  return {
    restart,
    close() {
      closed = true
      clearTimeout(timer)
      window.removeEventListener('online', onOnline)
      socket?.close()
      options.onStatus('closed')
    },
  }
}

/** ws:// or wss:// address of an API path on this server. */
export function socketUrl(path: string): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${location.host}${path}`
}
