import { getContrastRatio, type Theme } from '@mui/material/styles';
import { expect, it } from 'vitest';
import { theme } from './theme';

// MUI has them where a theme is CSS variables, and its type doesn't say so.
const { colorSchemes } = theme as unknown as {
  colorSchemes: Record<'light' | 'dark', { palette: Theme['palette'] }>;
};

it.each(['light', 'dark'] as const)(
  'letters of a filled button are readable, also under the pointer, %s',
  (scheme) => {
    const { palette } = colorSchemes[scheme];
    for (const name of ['primary', 'error'] as const)
      for (const ground of [palette[name].main, palette[name].dark]) {
        const ratio = getContrastRatio(palette[name].contrastText, ground);
        expect(ratio, `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
  },
);
