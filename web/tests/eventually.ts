// Waits for what a page does by and by, however slow the machine is.
import { vi } from 'vitest'

export const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 60_000 })
