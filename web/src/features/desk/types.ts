// Words of the desk that are not in the description of the interface.

export type DeviceKind = 'browser' | 'desk' | 'mobile'

/** Verbs on the call in hand that need nothing but their name. */
export type CallAction =
  | 'answer'
  | 'hangup'
  | 'hold'
  | 'retrieve'
  | 'mute'
  | 'unmute'
  | 'record-pause'
  | 'record-resume'
  | 'survey'
  | 'complete'
  | 'cancel-consult'
  | 'conference'
  | 'announce'
  | 'leave'

/** Verbs that bring somebody else to the call. */
export type PartyAction = 'transfer' | 'consult' | 'conference'

/** Verbs on one participant of the call. */
export type ParticipantAction = 'drop' | 'mute-participant' | 'unmute-participant'
