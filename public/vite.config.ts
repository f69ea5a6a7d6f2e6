import { defineConfig } from 'vitest/config';

const backend = process.env.MORTISE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  esbuild: { jsx: 'automatic' },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Everything is a file of its own: the policy allows no data: or inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      // The people’s page, and that of the system administration, which is served at its own address.
      input: { index: 'index.html', system: 'system.html' },
      // MUI marks its files for servers that render React; there is none here.
      onwarn: (warning, warn) => warning.code !== 'MODULE_LEVEL_DIRECTIVE' && warn(warning),
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': backend,
      '/plugin-assets': backend,
      '/events': { target: backend, ws: true },
    },
  },
  test: {
    include: ['{src,sdk}/**/*.test.{ts,tsx}'],
    environment: 'node',
    reporters: ['default'],
  },
});
