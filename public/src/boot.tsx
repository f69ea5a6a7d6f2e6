/** What both pages begin with: styles, light or dark, who is signed in. */
import { StrictMode, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { SessionProvider } from './auth/session';
import { removeForeignWorkers } from './plugins/workers';
import { startMode } from './ui/mode';
import './styles/theme.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/narrow.css';

export function boot(app: ReactNode, options: { live: boolean }): void {
  startMode();
  void removeForeignWorkers();
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <SessionProvider live={options.live}>{app}</SessionProvider>
    </StrictMode>,
  );
}
