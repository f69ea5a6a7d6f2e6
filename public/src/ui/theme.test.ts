import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ColorSystem } from '@mui/material/styles';
import { theme } from './theme';

const css = readFileSync(join(__dirname, '../styles/theme.css'), 'utf8');

/** The colours that stand in a rule of theme.css. */
function colours(selector: string): Record<string, string> {
  const rule = css.slice(css.indexOf(`${selector} {`)).split('}')[0]!;
  return Object.fromEntries(
    [...rule.matchAll(/--mt-([\w-]+): (#\w+)/g)].map(([, name, value]) => [name!, value!]),
  );
}

it.each([
  ['light', ':root'],
  ['dark', "[data-theme='dark']"],
] as const)('MUI has the colours of the app: %s', (scheme, selector) => {
  const { palette } = (theme as unknown as { colorSchemes: Record<string, ColorSystem> })
    .colorSchemes[scheme]!;
  expect(colours(selector)).toMatchObject({
    ground: palette.background.default,
    raised: palette.background.paper,
    text: palette.text.primary,
    soft: palette.text.secondary,
    line: palette.divider,
    accent: palette.primary.main,
    'on-accent': palette.primary.contrastText,
    good: palette.success.main,
    warn: palette.warning.main,
    bad: palette.error.main,
  });
});
