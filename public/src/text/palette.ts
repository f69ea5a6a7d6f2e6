/** Texts of the command palette. */
import { addTexts } from '../text';
import type { Texts } from './types/palette';

export let paletteTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/palette'), de: () => import('texts:de/palette') },
  (found) => (paletteTexts = found),
);
