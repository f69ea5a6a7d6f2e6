/** What both pages begin with: styles with the response's nonce, the theme, who is signed in. */
import createCache from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import { ThemeProvider } from '@mui/material/styles';
import { StrictMode, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { SessionProvider } from './auth/session';
import { removeForeignWorkers } from './plugins/workers';
import { theme } from './shell/theme';
import './styles/theme.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/narrow.css';

export function boot(app: ReactNode, options: { live: boolean }): void {
  // nginx puts one nonce a response into the page and its policy: emotion's style tags carry it.
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
  const cache = createCache({ key: 'mt', nonce, prepend: true });
  void removeForeignWorkers();
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <CacheProvider value={cache}>
        <ThemeProvider theme={theme} defaultMode="system" noSsr>
          <SessionProvider live={options.live}>{app}</SessionProvider>
        </ThemeProvider>
      </CacheProvider>
    </StrictMode>,
  );
}
