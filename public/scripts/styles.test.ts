import { readFileSync } from 'node:fs';
import postcss from 'postcss';
import { describe, expect, it } from 'vitest';
import { dark, light } from '../src/ui/tokens';
import { LAYERS, layerOf, outside, styles } from './styles';

const build = (css: string, file: string): string =>
  postcss([styles()]).process(css, { from: file }).css.replace(/\s+/g, ' ');

const theme = new URL('../src/styles/theme.css', import.meta.url).pathname;

describe('a rule of a page', () => {
  it.each([
    ['.table th', '.table th:where(:not(.plugin-root *),.app-part *)'],
    ['.choice::before', '.choice:where(:not(.plugin-root *),.app-part *)::before'],
    ['input::part(x)', 'input:where(:not(.plugin-root *),.app-part *)::part(x)'],
    ['.a:not(.b, .c)', '.a:not(.b, .c):where(:not(.plugin-root *),.app-part *)'],
    ['*::before', '*::before'],
  ])('%s doesn’t reach into a plugin', (from, to) => expect(outside(from)).toBe(to));

  it('is in the layer of its folder, behind that of MUI', () => {
    expect(build('.a, .b { c: d }', '/x/src/people/people.css')).toBe(
      `@layer ${LAYERS};@layer pages {.a:where(:not(.plugin-root *),.app-part *), .b:where(:not(.plugin-root *),.app-part *) { c: d } }`,
    );
    expect(
      ['/x/src/ui/chart.css', '/x/src/styles/theme.css', '/x/dist/a.css'].map(layerOf),
    ).toEqual(['ui', 'base', null]);
  });

  it('keeps the steps of an animation', () =>
    expect(build('@keyframes x { 50% { opacity: 0 } }', '/x/src/ui/a.css')).toContain(
      '{ 50% { opacity: 0 } }',
    ));
});

it('theme.css gets the colours that MUI has, light and dark', () => {
  const css = build(readFileSync(theme, 'utf8'), theme);
  const [, first = '', second = ''] = css.split(/--mt-ground: /);
  for (const [rule, of] of [
    [first, light],
    [second, dark],
  ] as const)
    for (const [name, value] of Object.entries(of).slice(1))
      expect(rule).toContain(`--mt-${name}: ${value};`);
  expect(css).not.toContain('@tokens');
});
