/** MUI's theme as CSS variables, with the colours of tokens.ts. */
import { createTheme } from '@mui/material/styles';
import { dark, light } from './tokens';

const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Ubuntu, sans-serif';

const paletteOf = (c: typeof light) => ({
  // `dark` is a button's under the pointer: MUI's own is darker in both themes, too dark for dark letters.
  primary: { main: c.accent, dark: c['accent-strong'], contrastText: c['on-accent'] },
  error: { main: c.bad, dark: c['bad-strong'] },
  warning: { main: c.warn },
  success: { main: c.good },
  background: { default: c.ground, paper: c.raised },
  text: { primary: c.text, secondary: c.soft },
  divider: c.line,
});

export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: {
    light: { palette: paletteOf(light) },
    dark: { palette: paletteOf(dark) },
  },
  shape: { borderRadius: 6 },
  typography: {
    fontFamily: FONT,
    fontSize: 13,
    htmlFontSize: 16,
    body1: { fontSize: '0.875rem' },
    body2: { fontSize: '0.8125rem' },
    button: { textTransform: 'none', fontWeight: 500, letterSpacing: 0 },
    h6: { fontSize: '0.9375rem', fontWeight: 600 },
  },
  components: {
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiButton: {
      defaultProps: { disableElevation: true, size: 'small' },
      styleOverrides: {
        root: {
          minHeight: 32,
          padding: '4px 12px',
          '&.Mui-focusVisible': { outline: '2px solid var(--mt-accent)', outlineOffset: 2 },
        },
        outlined: { borderColor: 'var(--mt-line-strong)', color: 'inherit' },
      },
    },
    MuiIconButton: {
      styleOverrides: {
        root: {
          borderRadius: 6,
          color: 'inherit',
          '&.Mui-focusVisible': { outline: '2px solid var(--mt-accent)', outlineOffset: 1 },
        },
      },
    },
    MuiTextField: { defaultProps: { size: 'small', fullWidth: true } },
    MuiOutlinedInput: {
      styleOverrides: {
        root: { fontSize: 14 },
        notchedOutline: { borderColor: 'var(--mt-line-strong)' },
      },
    },
    MuiSelect: { defaultProps: { size: 'small' } },
    MuiMenu: { defaultProps: { transitionDuration: 100 } },
    MuiMenuItem: { styleOverrides: { root: { fontSize: 14, minHeight: 32, gap: 8 } } },
    MuiPaper: { styleOverrides: { root: { backgroundImage: 'none' } } },
    MuiPopover: {
      styleOverrides: {
        paper: { border: '1px solid var(--mt-line-strong)', boxShadow: 'var(--mt-shadow)' },
      },
    },
    MuiDialog: {
      defaultProps: { transitionDuration: 120 },
      styleOverrides: {
        paper: { border: '1px solid var(--mt-line-strong)', boxShadow: 'var(--mt-shadow)' },
      },
    },
    MuiDialogTitle: { styleOverrides: { root: { fontSize: 16, fontWeight: 600 } } },
    MuiTab: {
      styleOverrides: {
        root: { minHeight: 40, minWidth: 0, padding: '8px 0', marginRight: 24, fontSize: 13 },
      },
    },
    MuiTabs: { styleOverrides: { root: { minHeight: 40 } } },
    MuiToggleButton: {
      styleOverrides: {
        root: { height: 32, padding: '4px 10px', borderColor: 'var(--mt-line-strong)' },
      },
    },
    MuiTableCell: {
      styleOverrides: {
        root: { borderColor: 'var(--mt-line)' },
        head: { color: 'var(--mt-soft)', fontWeight: 500, fontSize: 12 },
      },
    },
    MuiTooltip: { defaultProps: { enterDelay: 400 } },
    MuiChip: { defaultProps: { size: 'small' }, styleOverrides: { root: { borderRadius: 4 } } },
  },
});
