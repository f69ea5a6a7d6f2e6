/** Texts of API tokens. */
import { addTexts } from '../text';
import type { Texts } from './types/tokens';

export let tokenTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/tokens'), de: () => import('texts:de/tokens') },
  (found) => (tokenTexts = found),
);
