import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: 'test/fresh-bundle.ts',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // They take Chromium, and a run of their own: `npm run test:e2e`.
    exclude: [...configDefaults.exclude, 'test/e2e/**'],
    // Two cores: more workers only make the timing of the real-socket tests worse.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

export default config;
