/**
 * MUI for plugins, a component at a time. `mui:parts` is a module that knows which of MUI's folders has which name, and
 * loads a folder; a page that shows a plugin with a button and a table loads these.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const require = createRequire(import.meta.url);
const NAME = 'mui:parts';

/** "Button" has buttonClasses and getButtonUtilityClass. */
const derived = (folder: string) => [
  folder,
  `${folder[0]!.toLowerCase()}${folder.slice(1)}Classes`,
  `get${folder}UtilityClass`,
];

function parts(): string {
  const index = readFileSync(
    require.resolve('@mui/material/package.json').replace('package.json', 'esm/index.js'),
    'utf8',
  );
  const folders = [
    ...new Set([...index.matchAll(/from "\.\/(\w+)\/index\.js"/g)].map(([, f]) => f!)),
  ].filter((f) => f !== 'colors');
  const others: Record<string, string> = {};
  const known = new Set(['colors', 'unstable_composeClasses']);
  for (const folder of folders) {
    for (const name of Object.keys(require(`@mui/material/${folder}`) as object)) {
      known.add(name);
      if (name !== 'default' && !derived(folder).includes(name)) others[name] = folder;
    }
    known.add(folder);
  }
  for (const name of Object.keys(require('@mui/material') as object))
    if (!known.has(name)) throw new Error(`mui:parts: no folder of MUI exports ${name}`);
  return [
    `export const others = ${JSON.stringify(others)};`,
    'export const parts = {',
    ...folders.map((f) => `${f}: () => import('@mui/material/${f}'),`),
    `colors: async () => ({ default: await import('@mui/material/colors') }),`,
    `unstable_composeClasses: () => import('@mui/utils/composeClasses'),`,
    '};',
  ].join('\n');
}

export function mui(): Plugin {
  return {
    name: 'mui-parts',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load: (id) => (id === `\0${NAME}` ? parts() : null),
  };
}

/**
 * The files that these folders are in: by what is used together, each above what it needs, so that a page asks for a
 * handful of files and not for fifty. The rest of MUI, and what it stands on, is "mui".
 */
const FAMILIES: readonly [string, RegExp][] = [
  ['mui-autocomplete', /^(Autocomplete|useAutocomplete)$/],
  [
    'mui-steps',
    /^(Step\w*|MobileStepper|SpeedDial\w*|Fab|BottomNavigation\w*|Pagination\w*|usePagination|TablePagination\w*|Breadcrumbs)$/,
  ],
  ['mui-tabs', /^(Tabs|Tab|TabScrollButton)$/],
  ['mui-table', /^Table(?!Pagination)\w*$/],
  [
    'mui-choices',
    /^(Checkbox|Radio|RadioGroup|Switch|FormGroup|FormControlLabel|Rating|Slider|ToggleButton\w*)$/,
  ],
  [
    'mui-cards',
    /^(Card\w*|Accordion\w*|Grid\w*|Container|ImageList\w*|AppBar|Toolbar|Pigment\w+|\w*CssBaseline)$/,
  ],
  [
    'mui-feedback',
    /^(Alert\w*|Snackbar\w*|LinearProgress|Skeleton|Chip|Avatar\w*|Badge|Link|Icon)$/,
  ],
  ['mui-tooltip', /^(Tooltip|Popper|ClickAwayListener)$/],
  [
    'mui-fields',
    /^(FormControl|FormHelperText|FormLabel|FilledInput|Input\w*|OutlinedInput|Select|NativeSelect|TextField|TextareaAutosize)$/,
  ],
  [
    'mui-overlays',
    /^(Modal|Unstable_TrapFocus|Backdrop|Popover|Dialog\w*|Drawer|SwipeableDrawer|Menu\w*|List\w*)$/,
  ],
];

const LIBRARY =
  /\/node_modules\/(?:@mui\/(?:material|system|styled-engine|utils|private-theming)|@emotion|@popperjs|@babel\/runtime|react-transition-group|react-is|prop-types|hoist-non-react-statics|dom-helpers|stylis|clsx)\//;
const FOLDER = /\/@mui\/material\/esm\/(\w+)\//;

export function muiChunk(id: string): string | undefined {
  if (!LIBRARY.test(id)) return undefined;
  if (id.includes('/internal/SwitchBase')) return 'mui-choices';
  // A menu's entries want it as well.
  if (id.includes('/esm/Select/utils/')) return 'mui';
  const folder = FOLDER.exec(id)?.[1];
  const family = folder && FAMILIES.find(([, folders]) => folders.test(folder));
  if (family) return family[0];
  return id.includes('/@popperjs/') ? 'mui-tooltip' : 'mui';
}
