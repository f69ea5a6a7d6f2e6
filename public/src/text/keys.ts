/** Texts of the keyboard map. */
import { addTexts } from '../text';
import type { Texts } from './types/keys';

export let keyTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/keys'), de: () => import('texts:de/keys') },
  (found) => (keyTexts = found),
);
