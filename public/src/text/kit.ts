/** Texts of what plugins' components are made with. */
import { addTexts } from '../text';
import type { Texts } from './types/kit';

export let kitTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/kit'), de: () => import('texts:de/kit') },
  (found) => (kitTexts = found),
);
