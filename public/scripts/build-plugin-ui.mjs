#!/usr/bin/env node
// Builds a plugin's user interface: <plugin folder>/ui/src/index.ts(x) -> ui/dist/bundle.iife.js
//
//   node public/scripts/build-plugin-ui.mjs plugins/time-clock [--check]
//
// The bundle sets the global that the manifest's ui.globalName names. React, MUI, emotion and
// Mortise's own SDK are left out: the host shares its own, so that there is one of each.
// --check runs the TypeScript compiler over the plugin's sources as well.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const SHARED = {
  react: 'React',
  'react-dom': 'ReactDOM',
  'react-dom/client': 'ReactDOM',
  'react/jsx-runtime': 'jsxRuntime',
  '@mui/material': 'MUI',
  '@emotion/react': 'emotionReact',
  '@emotion/styled': 'emotionStyled',
  '@mortise/sdk': 'Mortise',
};

function die(message) {
  console.error(`build-plugin-ui: ${message}`);
  process.exit(1);
}

const [folder, option] = process.argv.slice(2);
if (!folder || (option && option !== '--check'))
  die('usage: build-plugin-ui.mjs <plugin folder> [--check]');
const plugin = resolve(folder);
const top = join(dirname(fileURLToPath(import.meta.url)), '..');

const entry = ['index.ts', 'index.tsx'].map((f) => join(plugin, 'ui/src', f)).find(existsSync);
if (!entry) die(`${folder}/ui/src has no index.ts`);
let manifest;
try {
  manifest = JSON.parse(readFileSync(join(plugin, 'manifest.json'), 'utf8'));
} catch (error) {
  die(`${folder}/manifest.json: ${error.message}`);
}
const name = manifest.ui?.globalName;
if (!/^[A-Za-z_$][\w$]*$/.test(name ?? '')) die('the manifest has no ui.globalName');

if (option)
  execFileSync(
    process.execPath,
    [join(top, 'node_modules/typescript/bin/tsc'), '-p', join(top, 'tsconfig.plugins.json')],
    { stdio: 'inherit' },
  );

await build({
  configFile: false,
  logLevel: 'warn',
  root: join(plugin, 'ui'),
  esbuild: { jsx: 'automatic' },
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [
    {
      name: 'only-shared-names',
      enforce: 'pre',
      // A deep import would bring a second MUI along, with its own theme and its own styles.
      resolveId(id) {
        if (/^(react|react-dom|@mui\/material|@emotion\/(react|styled))\//.test(id) && !SHARED[id])
          this.error(`import from the package itself, not from ${id}: the host shares that`);
        return null;
      },
    },
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    lib: { entry, name, formats: ['iife'], fileName: () => 'bundle.iife.js' },
    rollupOptions: { external: Object.keys(SHARED), output: { globals: SHARED } },
  },
});
const { size } = statSync(join(plugin, 'ui/dist/bundle.iife.js'));
console.error(`build-plugin-ui: ${name}, ${(size / 1024).toFixed(1)} kB`);
