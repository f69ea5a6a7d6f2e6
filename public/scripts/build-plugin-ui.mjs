#!/usr/bin/env node
// Builds a plugin's user interface: <plugin folder>/ui/src/index.ts(x) -> ui/dist/bundle.iife.js
//
//   node public/scripts/build-plugin-ui.mjs plugins/time-clock [--check [--budget KB] | --map | --types]
//
// The bundle sets the global that the manifest's ui.globalName names. React, MUI, emotion and React Router
// are left out: the host shares its own, so that there is one of each. --check runs the TypeScript compiler over
// the plugin's sources as well, and refuses a bundle above its budget; --map puts a source map into the bundle, so that
// a browser shows the author's files; --types only runs the compiler. --places 12:34,56:7 prints which lines of the
// author's files those of the bundle that was built with --map are: "ui/src/tab.tsx:8:3", one a line.
//
// The tools (vite, typescript and the types) are the plugin's own (node_modules after `npm install` in
// its folder), else the front end's beside this file. What is wrong is said as file:line:column.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { SourceMap } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SHARED = {
  react: 'React',
  'react-dom': 'ReactDOM',
  'react-dom/client': 'ReactDOM',
  'react/jsx-runtime': 'jsxRuntime',
  '@mui/material': 'MUI',
  '@emotion/react': 'emotionReact',
  '@emotion/styled': 'emotionStyled',
  'react-router-dom': 'ReactRouterDOM',
  'react-router': 'ReactRouterDOM',
};

function die(message) {
  console.error(`build-plugin-ui: ${message}`);
  process.exit(1);
}

const BUDGET_KB = 300;

const [folder, option, ...more] = process.argv.slice(2);
const budget = option === '--check' && more[0] === '--budget' ? Number(more[1]) : BUDGET_KB;
if (
  !folder ||
  ![undefined, '--check', '--map', '--types', '--places'].includes(option) ||
  !(budget > 0)
)
  die(
    'usage: build-plugin-ui.mjs <plugin folder> [--check [--budget KB] | --map | --types | --places L:C,...]',
  );
const plugin = resolve(folder);
if (option === '--places') printPlaces(more[0] ?? '');
const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const sdk = join(top, 'sdk/src/index.ts');
const kit = join(top, 'sdk/src/kit.ts');

const tools = [plugin, top].find((t) => existsSync(join(t, 'node_modules/vite')));
if (!tools)
  die(
    `the front end's tools are missing: run \`npm install\` in ${folder} (or, in a checkout, \`make ui\`)`,
  );

const entry = ['index.ts', 'index.tsx'].map((f) => join(plugin, 'ui/src', f)).find(existsSync);
if (!entry) die(`${folder}/ui/src has no index.ts`);
let manifest;
try {
  manifest = JSON.parse(readFileSync(join(plugin, 'manifest.json'), 'utf8'));
} catch (error) {
  die(`${folder}/manifest.json: ${error.message}`);
}
const name = manifest.ui?.globalName;
if (!/^[A-Za-z_$][\w$]*$/.test(name ?? ''))
  die('manifest.json: /ui/globalName: a name such as "PluginParts" is needed');

/** Where the bundle's places come from; one that comes from nowhere stays. */
function printPlaces(places) {
  const dist = join(plugin, 'ui/dist');
  const [, map] =
    /\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)\s*$/.exec(
      readFileSync(join(dist, 'bundle.iife.js'), 'utf8'),
    ) ?? die('the bundle has no source map');
  const sources = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString()));
  for (const place of places.split(',')) {
    const [line, column] = place.split(':').map(Number);
    const at = sources.findEntry(line - 1, column - 1);
    const file = at.originalSource && relative(plugin, resolve(dist, at.originalSource));
    console.log(file ? `${file}:${at.originalLine + 1}:${at.originalColumn + 1}` : place);
  }
  process.exit(0);
}

/** The compiler's settings are written down here, so that a plugin needs none of its own. */
function checkTypes() {
  const modules = join(tools, 'node_modules');
  // Beside `plugin dev` this may be killed at any moment: then it leaves nothing elsewhere.
  const kept = option === '--types' && join(plugin, '.mortise');
  const work = kept || mkdtempSync(join(tmpdir(), 'mortise-types-'));
  mkdirSync(work, { recursive: true });
  const settings = {
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      module: 'ESNext',
      moduleResolution: 'bundler',
      jsx: 'react-jsx',
      strict: true,
      noUncheckedIndexedAccess: true,
      isolatedModules: true,
      skipLibCheck: true,
      noEmit: true,
      types: [],
      typeRoots: [join(modules, '@types')],
      paths: {
        '@mortise/sdk': [sdk],
        '@mortise/ui': [kit],
        react: [join(modules, '@types/react')],
        'react/jsx-runtime': [join(modules, '@types/react/jsx-runtime.d.ts')],
        'react-dom': [join(modules, '@types/react-dom')],
        '@mui/material': [join(modules, '@mui/material')],
        '@emotion/react': [join(modules, '@emotion/react')],
        '@emotion/styled': [join(modules, '@emotion/styled')],
        'react-router-dom': [join(modules, 'react-router-dom')],
        'react-router': [join(modules, 'react-router')],
      },
    },
    include: [join(plugin, 'ui/src')],
  };
  const file = join(work, 'tsconfig.json');
  writeFileSync(file, JSON.stringify(settings));
  try {
    const tsc = join(modules, 'typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '--pretty', 'false', '-p', file], {
      cwd: plugin,
      stdio: 'inherit',
    });
    return true;
  } catch {
    return false; // the compiler has said why
  } finally {
    if (!kept) rmSync(work, { recursive: true });
  }
}

/** Rollup's and esbuild's errors as one line each, as a compiler would say it. */
function say(error) {
  const found = error.errors?.length ? error.errors : [error];
  for (const e of found) {
    const at = e.location ?? e.loc ?? error.loc;
    const file = at?.file ?? e.id ?? error.id;
    const where = file
      ? `${relative(plugin, resolve(plugin, 'ui', file))}:${at?.line ?? 1}:${at?.column ?? 1}: `
      : '';
    const text = (e.text ?? e.message ?? String(e)).replace(/^.*?ERROR: /s, '').split('\n')[0];
    console.error(`${where}error: ${text}`);
  }
  process.exit(1);
}

if (option === '--types') process.exit(checkTypes() ? 0 : 1);
if (option === '--check' && !checkTypes()) process.exit(1);
const { build } = await import(
  pathToFileURL(join(tools, 'node_modules/vite/dist/node/index.js')).href
);
const built = await build({
  configFile: false,
  logLevel: 'silent',
  root: join(plugin, 'ui'),
  esbuild: { jsx: 'automatic' },
  resolve: { alias: { '@mortise/sdk': sdk, '@mortise/ui': kit } },
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
    sourcemap: option === '--map' && 'inline',
    target: 'es2022',
    reportCompressedSize: false,
    lib: { entry, name, formats: ['iife'], fileName: () => 'bundle.iife.js' },
    rollupOptions: { external: Object.keys(SHARED), output: { globals: SHARED } },
  },
}).catch(say);

/** Every component that the manifest names must be one of index.ts's exports. */
const exported = [built].flat().flatMap((b) => b.output.flatMap((chunk) => chunk.exports ?? []));
const missing = [
  ...(manifest.ticketTabs ?? []).map((t, i) => [`/ticketTabs/${i}/component`, t.component]),
  ...(manifest.pages ?? []).map((p, i) => [`/pages/${i}/component`, p.component]),
  ...(manifest.widgets ?? []).map((w, i) => [`/widgets/${i}/component`, w.component]),
  ...(manifest.ui.slots ?? []).map((s, i) => [`/ui/slots/${i}/componentName`, s.componentName]),
].filter(([, component]) => typeof component === 'string' && !exported.includes(component));
for (const [pointer, component] of missing)
  console.error(
    `manifest.json: ${pointer}: found "${component}"; wanted: one that ${relative(plugin, entry)} exports (${exported.join(', ') || 'it exports nothing'})`,
  );
if (missing.length) process.exit(1);

/** Whose code a module is: an npm package's, @mortise/sdk's, or the plugin's own. */
function owner(id) {
  const file = id.replace(/^\0/, '').split('?')[0];
  const at = file.lastIndexOf('node_modules/');
  if (at >= 0) return file.slice(at + 13).match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? file;
  return file.startsWith(dirname(sdk)) ? '@mortise/sdk' : 'ui/src';
}

/** What the bundle weighs without its source map, and what makes it that large, the heaviest first. */
const chunks = [built].flat().flatMap((b) => b.output.filter((o) => o.type === 'chunk'));
const size = chunks.reduce(
  (sum, c) => sum + Buffer.byteLength(c.code.replace(/\n\/\/# sourceMappingURL=.*\s*$/s, '')),
  0,
);
const parts = new Map();
for (const [id, m] of chunks.flatMap((c) => Object.entries(c.modules)))
  parts.set(owner(id), (parts.get(owner(id)) ?? 0) + m.renderedLength);
const whole = [...parts.values()].reduce((sum, n) => sum + n, 0) || 1;
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} kB`;
const heaviest = [...parts]
  .sort((a, b) => b[1] - a[1])
  .slice(0, 5)
  .map(([what, n]) => `${what} ${kb((n / whole) * size)}`)
  .join(', ');
const isLarge = size > budget * 1024;
if (isLarge)
  console.error(
    `${option === '--check' ? 'error' : 'warning'}: the bundle has ${kb(size)}, its budget is ${budget} kB (${heaviest}): every page that shows one of its places loads it; import less, or set another budget with \`mortise plugin check --budget KB\``,
  );
if (option === '--check') {
  const named = new Set(
    [
      ...(manifest.ticketTabs ?? []),
      ...(manifest.ui.slots ?? []),
      ...(manifest.pages ?? []),
      ...(manifest.widgets ?? []),
    ].flatMap((o) => [o.component, o.componentName]),
  );
  const unused = exported.filter((e) => /^[A-Z]/.test(e) && !named.has(e));
  if (unused.length)
    console.error(
      `note: no place in manifest.json names ${unused.join(', ')}, which ${relative(plugin, entry)} exports`,
    );
}
console.error(`build-plugin-ui: ${name}, ${kb(size)} (${heaviest})`);
if (isLarge && option === '--check') process.exit(1);
