import createCache from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import { ThemeProvider } from '@mui/material/styles';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { SessionProvider } from './auth/session';
import { shareGlobals } from './plugins/globals';
import { removeForeignWorkers } from './plugins/workers';
import { theme } from './shell/theme';
import './styles/theme.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/narrow.css';

// nginx puts one nonce a response into the page and its policy: emotion's style tags carry it.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
const cache = createCache({ key: 'mt', nonce, prepend: true });

void removeForeignWorkers();
shareGlobals();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <CacheProvider value={cache}>
      <ThemeProvider theme={theme} defaultMode="system" noSsr>
        <SessionProvider>
          <App />
        </SessionProvider>
      </ThemeProvider>
    </CacheProvider>
  </StrictMode>,
);
