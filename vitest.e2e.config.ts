import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests that need Chromium, root or other programs of the system: `.ci/run` installs those. */
const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: 'test/fresh-bundle.ts',
    include: ['test/e2e/**/*.test.ts'],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});

export default config;
