/** Texts of the inbox. */
import { addTexts } from '../text';
import type { Texts } from './types/inbox';

export let inboxTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/inbox'), de: () => import('texts:de/inbox') },
  (found) => (inboxTexts = found),
);
