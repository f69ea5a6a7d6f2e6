import { defineConfig } from 'vitest/config';
import { texts } from './scripts/texts';

/** Modules that the first screen needs: what main.tsx imports, not what it loads later. */
function ofFirstScreen(
  info: (id: string) => { importedIds: readonly string[] } | null,
): Set<string> {
  const found = new Set<string>();
  const rest = [new URL('src/main.tsx', import.meta.url).pathname];
  for (let id = rest.pop(); id; id = rest.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    rest.push(...(info(id)?.importedIds ?? []));
  }
  return found;
}

let first: Set<string> | null = null;

const backend = process.env.MORTISE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [texts()],
  esbuild: { jsx: 'automatic' },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // 2 % smaller than what esbuild makes of it.
    minify: 'terser',
    terserOptions: { ecma: 2020, compress: { passes: 2 } },
    // Everything is a file of its own: the policy allows no data: or inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      // The people’s page, and that of the system administration, which is served at its own address.
      input: { index: 'index.html', system: 'system.html' },
      output: {
        // React, other libraries and the app change at different times: a release doesn't make browsers fetch all.
        manualChunks(id, { getModuleInfo }) {
          first ??= ofFirstScreen(getModuleInfo);
          if (!id.includes('/node_modules/') || !first.has(id)) return undefined;
          return /\/node_modules\/(react|react-dom|scheduler)\//.test(id) ? 'react' : 'libraries';
        },
      },
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
    setupFiles: ['src/text/setup.ts'],
    reporters: ['default'],
  },
});
