/** What both pages begin with: styles, light or dark, who is signed in. */
import { StrictMode, Suspense, use, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { SessionProvider } from './auth/session';
import { removeForeignWorkers } from './plugins/workers';
import { setLanguage } from './text';
import { languageOf } from './text/choice';
import { startMode } from './ui/mode';
import './styles/theme.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/narrow.css';
import './styles/media.css';

const RETRY_MS = 2000;

/** There is nothing to show without texts: they are tried for until they are here. */
const loadTexts = (): Promise<void> =>
  setLanguage(languageOf(null)).catch(async () => {
    await new Promise((done) => setTimeout(done, RETRY_MS));
    return loadTexts();
  });

/** Meanwhile the server says who is signed in. */
function WithTexts({ ready, children }: { ready: Promise<void>; children: ReactNode }) {
  use(ready);
  return children;
}

export function boot(app: ReactNode): void {
  startMode();
  const texts = loadTexts();
  void removeForeignWorkers();
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <SessionProvider>
        <Suspense fallback={null}>
          <WithTexts ready={texts}>{app}</WithTexts>
        </Suspense>
      </SessionProvider>
    </StrictMode>,
  );
}
