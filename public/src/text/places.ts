/** Texts of plugins' own pages. */
import { addTexts } from '../text';
import type { Texts } from './types/places';

export let placeTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/places'), de: () => import('texts:de/places') },
  (found) => (placeTexts = found),
);
