import { defineConfig } from 'vitest/config';
import { mui, muiChunk } from './scripts/mui';
import { styles } from './scripts/styles';
import { texts } from './scripts/texts';

/** Modules that the first screen of a page needs: what its entry imports, not what it loads later. */
function ofFirstScreen(
  entry: string,
  info: (id: string) => { importedIds: readonly string[] } | null,
): Set<string> {
  const found = new Set<string>();
  const rest = [new URL(`src/${entry}`, import.meta.url).pathname];
  for (let id = rest.pop(); id; id = rest.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    rest.push(...(info(id)?.importedIds ?? []));
  }
  return found;
}

let people: Set<string> | null = null;
let system: Set<string> | null = null;

const backend = process.env.MORTISE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [texts(), mui()],
  css: { postcss: { plugins: [styles()] } },
  esbuild: { jsx: 'automatic' },
  // A plugin's folder has none of its own.
  resolve: { dedupe: ['react', 'react-dom', '@mui/material'] },
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
        // The app's own modules of the first screen are two files (what both pages have, what people's has), because
        // twenty small ones are 4 kB more gzip. What runs when it is loaded (main.tsx) is none of them: the system
        // administration's pages use a part of them.
        manualChunks(id, { getModuleInfo }) {
          people ??= ofFirstScreen('main.tsx', getModuleInfo);
          system ??= ofFirstScreen('system-main.tsx', getModuleInfo);
          if (id.includes('/node_modules/')) {
            if (!people.has(id)) return muiChunk(id);
            return /\/node_modules\/(react|react-dom|scheduler)\//.test(id) ? 'react' : 'libraries';
          }
          const isOurs = /\/public\/(?:src\/(?!main)|sdk\/)|vite\/preload-helper/.test(id);
          if (!isOurs || !people.has(id)) return undefined;
          return system.has(id) ? 'app' : 'list';
        },
      },
      // MUI marks its files for servers that render React; there is none here.
      onwarn(warning, warn) {
        // A file that needs another one that needs it may run before what it needs is there.
        if (warning.message.startsWith('Circular chunk')) throw new Error(warning.message);
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
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
    // Components of plugins, as their builder resolves them (scripts/build-plugin-ui.mjs).
    alias: {
      '@mortise/sdk': new URL('sdk/src/index.ts', import.meta.url).pathname,
      '@mortise/ui': new URL('sdk/src/kit.ts', import.meta.url).pathname,
    },
    include: ['{src,sdk,scripts}/**/*.test.{ts,tsx}'],
    environment: 'node',
    setupFiles: ['src/text/setup.ts'],
    // No bound of ours: the machine that runs them may stand still for seconds.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
});
