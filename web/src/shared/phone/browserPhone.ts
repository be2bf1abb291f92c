// A telephone in the browser: SIP over WebSocket through JsSIP. Holds at most one call; says what happens as PhoneEvents.
//
// It never says BYE when the page goes away: a reload in the middle of a talk must look like a broken line, so that
// the switch keeps the citizen and the desk comes back into the call.

import JsSIP from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { Socket } from 'jssip/lib/Socket'
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent, UA, UAConfiguration } from 'jssip/lib/UA'

import { socketUrl } from '@/shared/realtime/socket'

import { openMicrophone } from './microphone'
import { microphoneProblem, type PhoneEvent } from './phoneState'

interface PhoneCredentials {
  ws_url: string
  uri: string
  authorization_user: string
  password?: string | null
  ha1?: string | null
  realm?: string | null
  ice_servers?: string[]
}

export interface BrowserPhone {
  start(credentials: PhoneCredentials, options?: { register?: boolean }): void
  stop(): void
  /** Fall silent without a BYE: the switch keeps the citizen, for the window that takes the call over. */
  drop(): void
  call(target: string): Promise<void>
  answer(): Promise<void>
  hangUp(): void
  setMuted(muted: boolean): void
  sendDigit(digit: string): void
  /** The microphone of the running call, for a level meter. */
  localStream(): MediaStream | null
}

const ICE_WAIT_MS = 400 // host candidates come at once; waiting for more only delays the answer
const REGISTER_EXPIRES_S = 120

const fullUrl = (url: string): string => (url.startsWith('/') ? socketUrl(url) : url)

function configuration(credentials: PhoneCredentials, socket: Socket, register: boolean): UAConfiguration {
  return {
    sockets: [socket],
    uri: credentials.uri,
    authorization_user: credentials.authorization_user,
    ...(credentials.password ? { password: credentials.password } : {}),
    ...(credentials.ha1 ? { ha1: credentials.ha1 } : {}),
    ...(credentials.realm ? { realm: credentials.realm } : {}),
    register,
    register_expires: REGISTER_EXPIRES_S,
    session_timers: true,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 8,
    user_agent: 'Hotline Web',
  }
}

/** Play what the far end says. The element is created for each call and dropped with it. */
function playRemote(connection: RTCPeerConnection): HTMLAudioElement {
  const audio = new Audio()
  audio.autoplay = true
  connection.addEventListener('track', (event) => {
    audio.srcObject = event.streams[0] ?? new MediaStream([event.track])
    void audio.play().catch(() => undefined) // refused only before the first click; autoplay then starts with it
  })
  return audio
}

class JsSipPhone implements BrowserPhone {
  private ua: UA | null = null
  private socket: Socket | null = null
  private session: RTCSession | null = null
  private audio: HTMLAudioElement | null = null
  private stream: MediaStream | null = null
  private iceServers: RTCIceServer[] = []

  constructor(private readonly emit: (event: PhoneEvent) => void) {}

  start(credentials: PhoneCredentials, { register = true } = {}): void {
    this.stop()
    this.iceServers = (credentials.ice_servers ?? []).map((urls) => ({ urls }))
    this.emit({ type: 'connecting' })
    const socket = new JsSIP.WebSocketInterface(fullUrl(credentials.ws_url))
    const ua = new JsSIP.UA(configuration(credentials, socket, register))
    this.socket = socket
    ua.on('connected', () => register || this.emit({ type: 'registered' }))
    ua.on('registered', () => this.emit({ type: 'registered' }))
    ua.on('registrationFailed', () => this.emit({ type: 'registration_failed' }))
    ua.on('disconnected', () => this.emit({ type: 'disconnected' }))
    ua.on('newRTCSession', (event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => this.take(event))
    this.ua = ua
    ua.start()
  }

  stop(): void {
    const ua = this.ua
    this.ua = null
    this.socket = null
    ua?.removeAllListeners()
    ua?.stop()
    this.release()
    if (ua) this.emit({ type: 'stopped' })
  }

  drop(): void {
    // With its connection gone first, stopping cannot tell the switch goodbye.
    this.socket?.disconnect()
    this.stop()
  }

  async call(target: string): Promise<void> {
    const stream = await this.microphone()
    if (!stream || !this.ua) return
    this.emit({ type: 'calling' })
    this.ua.call(target, {
      mediaStream: stream,
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: this.iceServers },
    })
  }

  async answer(): Promise<void> {
    const session = this.session
    if (!session || session.isEstablished() || session.isEnded()) return
    const stream = await this.microphone()
    // The caller may have gone while the browser asked for the microphone.
    if (!stream || this.session !== session || session.isEnded()) return
    session.answer({
      mediaStream: stream,
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: this.iceServers },
    })
  }

  hangUp(): void {
    if (this.session && !this.session.isEnded()) this.session.terminate()
  }

  setMuted(muted: boolean): void {
    const session = this.session
    if (!session?.isEstablished()) return
    if (muted) session.mute({ audio: true })
    else session.unmute({ audio: true })
  }

  sendDigit(digit: string): void {
    if (!this.session?.isEstablished()) return
    const sender = this.session.connection.getSenders().find((candidate) => candidate.track?.kind === 'audio')
    const transportType = sender?.dtmf?.canInsertDTMF ? 'RFC2833' : 'INFO'
    this.session.sendDTMF(digit, { transportType: transportType as never, duration: 160 })
  }

  localStream(): MediaStream | null {
    return this.stream
  }

  private async microphone(): Promise<MediaStream | null> {
    try {
      this.stream ??= await openMicrophone()
      return this.stream
    } catch (error) {
      this.emit({ type: 'mic_problem', problem: microphoneProblem(error) })
      return null
    }
  }

  private take({ session, request, originator }: IncomingRTCSessionEvent | OutgoingRTCSessionEvent): void {
    if (this.session && !this.session.isEnded()) {
      session.terminate({ status_code: 486, reason_phrase: 'Busy Here' })
      return
    }
    this.session = session
    this.follow(session)
    if (originator !== 'remote') return
    const header = (name: string): string | null => request.getHeader(name) ?? null
    this.emit({ type: 'incoming', callId: header('X-Hotline-Call') })
    if (header('X-Hotline-Auto-Answer') === '1') void this.answer()
  }

  private follow(session: RTCSession): void {
    const finish = (event: PhoneEvent): void => {
      if (this.session !== session) return
      this.release()
      this.emit(event)
    }
    session.on('peerconnection', ({ peerconnection }: { peerconnection: RTCPeerConnection }) => {
      this.audio = playRemote(peerconnection)
    })
    let waiting = false
    session.on('icecandidate', ({ ready }: { ready(): void }) => {
      if (waiting) return
      waiting = true
      setTimeout(ready, ICE_WAIT_MS)
    })
    session.on('confirmed', () => this.session === session && this.emit({ type: 'confirmed' }))
    session.on('ended', () => finish({ type: 'ended' }))
    session.on('failed', (event: { message?: unknown }) => {
      const message = event.message as { status_code?: number } | null | undefined
      finish({ type: 'failed', status: message?.status_code ?? 0 })
    })
    // For a call we place, the connection exists before this handler does.
    if (session.connection) this.audio = playRemote(session.connection)
  }

  private release(): void {
    this.session = null
    this.stream?.getTracks().forEach((track) => track.stop())
    this.stream = null
    if (this.audio) this.audio.srcObject = null
    this.audio = null
  }
}

export function createBrowserPhone(emit: (event: PhoneEvent) => void): BrowserPhone {
  return new JsSipPhone(emit)
}
