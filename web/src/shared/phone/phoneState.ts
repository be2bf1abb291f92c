// What the browser's own telephone is doing: a pure reducer over the events of the SIP stack and the microphone.

type Registration = 'off' | 'connecting' | 'registered' | 'failed'
type Audio = 'none' | 'incoming' | 'calling' | 'active'
export type PhoneProblem =
  | 'mic_denied'
  | 'mic_missing'
  | 'mic_busy'
  | 'mic_insecure'
  | 'mic_failed'
  | 'registration_refused'
  | 'connection_lost'
  | 'call_failed'

export interface PhoneState {
  registration: Registration
  audio: Audio
  /** Our call id from X-Hotline-Call, when the switch told it. */
  callId: string | null
  /** SIP status of the last call that failed, 0 when none did. */
  failedWith: number
  problem: PhoneProblem | null
}

export type PhoneEvent =
  | { type: 'connecting' }
  | { type: 'registered' }
  | { type: 'registration_failed' }
  | { type: 'disconnected' }
  | { type: 'stopped' }
  | { type: 'incoming'; callId: string | null }
  | { type: 'calling' }
  | { type: 'confirmed' }
  | { type: 'ended' }
  | { type: 'failed'; status: number }
  | { type: 'mic_problem'; problem: PhoneProblem }
  | { type: 'problem_seen' }

export const PHONE_OFF: PhoneState = {
  registration: 'off',
  audio: 'none',
  callId: null,
  failedWith: 0,
  problem: null,
}

export function reducePhone(state: PhoneState, event: PhoneEvent): PhoneState {
  switch (event.type) {
    case 'connecting':
      return { ...state, registration: 'connecting' }
    case 'registered':
      return {
        ...state,
        registration: 'registered',
        problem:
          state.problem === 'connection_lost' || state.problem === 'registration_refused'
            ? null
            : state.problem,
      }
    case 'registration_failed':
      return { ...state, registration: 'failed', problem: 'registration_refused' }
    case 'disconnected':
      // The audio path is separate from the signalling: a running talk goes on.
      return state.registration === 'off'
        ? state
        : { ...state, registration: 'connecting', problem: 'connection_lost' }
    case 'stopped':
      return PHONE_OFF
    case 'incoming':
      return { ...state, audio: 'incoming', callId: event.callId, failedWith: 0 }
    case 'calling':
      return { ...state, audio: 'calling', callId: null, failedWith: 0 }
    case 'confirmed':
      return { ...state, audio: 'active', problem: null }
    case 'ended':
      return { ...state, audio: 'none', callId: null }
    case 'failed':
      return { ...state, audio: 'none', callId: null, failedWith: event.status }
    case 'mic_problem':
      return { ...state, problem: event.problem }
    case 'problem_seen':
      return { ...state, problem: null }
  }
}

/** Name a getUserMedia failure by what the person must do about it. */
export function microphoneProblem(error: unknown): PhoneProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'mic_denied'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'mic_missing'
    case 'NotReadableError':
    case 'AbortError':
      return 'mic_busy'
    case 'InsecureContextError':
      return 'mic_insecure'
    default:
      return 'mic_failed'
  }
}
