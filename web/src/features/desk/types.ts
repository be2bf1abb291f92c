// Words of the desk that are not in the description of the interface.

export type DeviceKind = 'browser' | 'desk'

export type CallAction =
  | 'answer'
  | 'hangup'
  | 'hold'
  | 'retrieve'
  | 'mute'
  | 'unmute'
  | 'record-pause'
  | 'record-resume'
