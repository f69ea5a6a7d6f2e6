/** MUI's theme as CSS variables; styles/theme.css adds the few colours that MUI has no name for. */
import { createTheme } from '@mui/material/styles';

const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Ubuntu, sans-serif';

export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: '#4654cc', contrastText: '#ffffff' },
        error: { main: '#c0362c' },
        warning: { main: '#9a6200' },
        success: { main: '#1f7a46' },
        background: { default: '#ffffff', paper: '#ffffff' },
        text: { primary: '#1c1d21', secondary: '#5f636b' },
        divider: '#e7e7eb',
      },
    },
    dark: {
      palette: {
        primary: { main: '#929df5', contrastText: '#11131f' },
        error: { main: '#f1837a' },
        warning: { main: '#e0b04c' },
        success: { main: '#6cc28f' },
        background: { default: '#141518', paper: '#1c1d21' },
        text: { primary: '#e6e7ea', secondary: '#9a9ea7' },
        divider: '#2a2c31',
      },
    },
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
