/**
 * What the build does to stylesheets, so that the app and plugins leave each other alone:
 * - Each is put into a layer by its folder. MUI's styles have a layer as well (ui/themed.tsx), what plugins bring comes
 *   into the one before it: so an order is what decides, and never how long a selector is.
 * - No rule of ui/ or of a page holds inside of a plugin's component (.plugin-root); only the resets of theme.css
 *   do, which anything of a plugin's own beats.
 *   Parts of the app that stand in one (kit/) are an .app-part.
 * - `@tokens` in theme.css becomes the colours of ui/tokens.ts.
 */
import type { AtRule, Plugin, Root, Rule } from 'postcss';
import { dark, forced, light } from '../src/ui/tokens';

export const LAYERS = 'base, plugins, mui, ui, pages, media';

export function layerOf(file: string): 'base' | 'ui' | 'pages' | 'media' | null {
  if (!/\/src\/[^?]+\.css/.test(file)) return null;
  if (file.includes('/src/styles/theme.css')) return 'base';
  if (file.includes('/src/styles/media.css')) return 'media';
  return /\/src\/(?:styles|ui)\//.test(file) ? 'ui' : 'pages';
}

const OUTSIDE = ':where(:not(.plugin-root *),.app-part *)';

/** `.table th::before` -> `.table th:where(...)::before`; `*` is for everything. */
export function outside(selector: string): string {
  if (selector.startsWith('*')) return selector;
  const [, element = '', part = ''] = /^(.*?)(::[\w-]+(?:\([^)]*\))?)?$/s.exec(selector)!;
  return element + OUTSIDE + part;
}

const colours = (selector: string, of: object): string =>
  `${selector} {${Object.entries(of)
    .map(([name, value]) => `--mt-${name}: ${value};`)
    .join('')}}`;

const inKeyframes = (rule: Rule) => /keyframes$/.test((rule.parent as AtRule).name ?? '');

export function styles(): Plugin {
  return {
    postcssPlugin: 'styles',
    Once(root: Root, { parse, atRule }) {
      const layer = layerOf(root.source?.input.file ?? '');
      if (!layer) return;
      root.walkAtRules('tokens', (at) => {
        at.replaceWith(
          parse(
            [
              colours(":root, [data-theme='light']", light),
              colours("[data-theme='dark']", dark),
              `@media (forced-colors: active) {${colours(':root, [data-theme]', forced)}}`,
            ].join('\n'),
          ).nodes,
        );
      });
      if (layer !== 'base')
        root.walkRules((rule) => {
          if (!inKeyframes(rule)) rule.selectors = rule.selectors.map(outside);
        });
      const within = atRule({ name: 'layer', params: layer, nodes: root.nodes });
      root.removeAll();
      // In each file: whichever comes first says the order.
      root.append(atRule({ name: 'layer', params: LAYERS }), within);
    },
  };
}
