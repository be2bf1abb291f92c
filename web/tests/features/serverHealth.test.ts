// The banner says what is away, and nothing while all is well or nothing is known.
import { describe, expect, it } from 'vitest'

import { bannerOf, isSign } from '@/app/shell/serverHealth'
import { ApiError } from '@/shared/api/client'

describe('the banner of the server', () => {
  it('is silent while all is well, or nothing is known yet', () => {
    expect(bannerOf(undefined)).toBe('')
    expect(bannerOf({ database: true, engine: true })).toBe('')
  })

  it('names the database first: without it most pages are empty', () => {
    expect(bannerOf({ database: false, engine: false })).toBe('database')
    expect(bannerOf({ database: true, engine: false })).toBe('engine')
  })

  it('looks at once when an answer says that something is away', () => {
    expect(isSign(new ApiError(503, 'database_unavailable', ''))).toBe(true)
    expect(isSign(new ApiError(404, 'not_found', ''))).toBe(false)
    expect(isSign(new Error('x'))).toBe(false)
  })
})
