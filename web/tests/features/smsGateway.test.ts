import { describe, expect, it } from 'vitest'

import type { SmsGateway } from '@/features/sms/api'
import { blankGateway, formOf, toFields } from '@/features/sms/gatewayForm'

const stored = (kind: string, line: Record<string, unknown>): SmsGateway =>
  ({ name: '线路', kind, line: { kind, ...line }, per_second: 5, position: 1, active: true }) as never

describe('the form of a short message gateway', () => {
  it('keeps what it has no field for', () => {
    const line = { host: 'smsc', port: 2775, system_id: 'u', source: '10658', tls: true, source_ton: 1 }
    const form = formOf(stored('smpp', line))
    expect(toFields({ ...form, host: 'smsc2' }).line).toEqual({ kind: 'smpp', ...line, host: 'smsc2' })
  })

  it('leaves what belongs to another kind behind', () => {
    const form = formOf(stored('smpp', { host: 'smsc', system_id: 'u', source: '10658', tls: true }))
    expect(toFields({ ...form, kind: 'recording' }).line).toEqual({ kind: 'recording', reports: false })
  })

  it('lets the line of the demo report', () => {
    expect(toFields({ ...blankGateway(), kind: 'recording', reports: true }).line).toEqual({
      kind: 'recording',
      reports: true,
    })
    expect(formOf(stored('recording', { reports: true })).reports).toBe(true)
  })
})
