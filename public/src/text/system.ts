/** Texts of the system administration. */
import { addTexts } from '../text';
import type { Texts } from './types/system';

export let systemTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/system'), de: () => import('texts:de/system') },
  (found) => (systemTexts = found),
);
