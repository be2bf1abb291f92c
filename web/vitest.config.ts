// Tests run in jsdom with the same plugins and aliases as the build.
import { defineConfig, mergeConfig } from 'vitest/config'

import base from './vite.config'

export default mergeConfig(
  base,
  defineConfig({
    test: {
      environment: 'jsdom',
      include: ['tests/**/*.test.ts'],
      setupFiles: ['tests/setup.ts'],
      server: { deps: { inline: ['element-plus'] } },
      maxWorkers: 2,
      minWorkers: 1,
      testTimeout: 180_000, // they run beside the other suites, and stand back
      hookTimeout: 180_000,
    },
  }),
)
