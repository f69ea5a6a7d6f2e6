#!/usr/bin/env node
// Runs the tests of a plugin's components, ui/test/*.test.tsx, in a DOM (vitest and jsdom). `mortise plugin test`
// starts it:
//
//   node public/scripts/test-plugin-ui.mjs plugins/time-clock ui/test/tab.test.tsx ...
//
// The tools are the plugin's own (node_modules in its folder), else the front end's beside this file. Ends with 77 and a
// line with the reason when they are missing.
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED = ['vitest', 'jsdom', '@testing-library/react', 'react'];

const [folder, ...files] = process.argv.slice(2);
const plugin = resolve(folder);
const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const lacks = (at) => NEEDED.filter((name) => !existsSync(join(at, 'node_modules', name)));
const tools = [plugin, top].find((at) => lacks(at).length === 0);
if (!tools) {
  console.log(
    `${lacks(plugin).join(', ')} missing: run \`npm install --save-dev vitest@3 jsdom@26 @testing-library/react @testing-library/user-event\` in ${folder}, or use a checkout`,
  );
  process.exit(77);
}

/** What a plugin's folder has no node_modules for comes from the tools'. */
const fromTools = {
  name: 'from-tools',
  enforce: 'pre',
  async resolveId(id, importer) {
    if (id === '@mortise/sdk') return join(top, 'sdk/src/index.ts');
    if (id === '@mortise/ui') return join(top, 'sdk/src/kit.ts');
    if (id === '@mortise/sdk/testing') return join(top, 'sdk/src/testing.tsx');
    if (/^[.\0]/.test(id) || isAbsolute(id) || /^(node|virtual|vite):/.test(id)) return null;
    if (importer?.includes('/node_modules/')) return null;
    return this.resolve(id, join(tools, 'index.html'), { skipSelf: true });
  },
};

const { startVitest } = await import(
  pathToFileURL(join(tools, 'node_modules/vitest/dist/node.js')).href
);
const run = await startVitest(
  'test',
  [],
  {
    root: plugin,
    config: false,
    watch: false,
    include: files,
    environment: 'jsdom',
    reporters: ['default'],
    // No bound of ours: the machine that runs them may stand still for seconds.
    testTimeout: 60_000,
    fileParallelism: false,
  },
  {
    plugins: [fromTools],
    esbuild: { jsx: 'automatic' },
    server: { fs: { strict: false } },
    cacheDir: join(plugin, '.mortise/vite'),
  },
);
await run?.close();
process.exit(process.exitCode ?? 0);
