/**
 * MUI's theme and emotion's cache around what uses MUI. The first screen doesn't, so this comes with the first part
 * that does (lazyThemed()); several of them side by side are the same theme.
 */
import createCache from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import { ThemeProvider } from '@mui/material/styles';
import type { ReactNode } from 'react';
import { getMode, setMode, subscribeMode, type Mode } from './mode';
import { theme } from './theme';

// nginx puts one nonce a response into the page and its policy: emotion's style tags carry it.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
const cache = createCache({ key: 'mt', nonce, prepend: true });

/** Light or dark is ui/mode.ts's to know; MUI's other settings of the kind are not used. */
const manager = ({ key }: { key: string }) =>
  key === 'mui-mode'
    ? {
        get: getMode,
        set: (value: Mode) => setMode(value),
        subscribe: (handler: (value: Mode) => void) => subscribeMode(handler),
      }
    : { get: (fallback: string) => fallback, set: () => {}, subscribe: () => () => {} };

export default function Themed({ children }: { children: ReactNode }) {
  return (
    <CacheProvider value={cache}>
      <ThemeProvider theme={theme} defaultMode="system" noSsr storageManager={manager}>
        {children}
      </ThemeProvider>
    </CacheProvider>
  );
}
