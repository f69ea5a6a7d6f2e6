/**
 * MUI's theme and emotion's cache around what uses MUI. The first screen doesn't, so this comes with the first part
 * that does (lazyThemed()); several of them side by side are the same theme.
 */
import createCache, { type StylisPlugin } from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import { ThemeProvider } from '@mui/material/styles';
import type { ReactNode } from 'react';
import { getMode, setMode, subscribeMode, type Mode } from './mode';
import { theme } from './theme';

// nginx puts one nonce a response into the page and its policy: emotion's style tags carry it.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

/** Styles made by emotion, in a layer of theme.css: the app's own rules are in the ones behind it. */
export function layeredCache(options: {
  key: string;
  layer: string;
  stylisPlugins?: StylisPlugin[];
}) {
  const { layer, ...rest } = options;
  const cache = createCache({ ...rest, nonce });
  const insert = cache.insert;
  cache.insert = (selector, serialized, ...more) => {
    const styles = `@layer ${layer}{${serialized.styles}}`;
    return insert(selector, { ...serialized, styles }, ...more);
  };
  return cache;
}

const cache = layeredCache({ key: 'mt', layer: 'mui' });

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
