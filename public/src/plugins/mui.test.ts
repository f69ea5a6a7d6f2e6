// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { foldersIn, loadMui, MUI } from './mui';

test('a script’s names tell which folders it wants, in whichever way it says them', () => {
  const script = `var P=function(e,o){const{Box:t,styled:n}=o;return e.A=()=>o.createFilterOptions(o["Table"+""],o.buttonClasses.root,o.getChipUtilityClass,o.alpha)}({},MUI)`;
  expect([...foldersIn(script)].sort()).toEqual(
    ['Box', 'Button', 'Chip', 'Table', 'styles', 'useAutocomplete'].sort(),
  );
});

test('what a script names is there when it runs; a component that it does not name comes late', async () => {
  expect(MUI.Divider).toHaveProperty('_payload');
  expect(MUI.dividerClasses).toBeUndefined();
  await loadMui('MUI.Divider, MUI.alpha');
  const { default: Divider } = await import('@mui/material/Divider');
  expect(MUI.Divider).toBe(Divider);
  expect((MUI.dividerClasses as { root: string }).root).toBe('MuiDivider-root');
  expect(MUI.alpha).toBeTypeOf('function');
  expect(Object.keys(MUI)).toEqual(expect.arrayContaining(['Button', 'useTheme', 'colors']));
});
