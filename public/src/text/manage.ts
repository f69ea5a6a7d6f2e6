/** Texts of the page of one plugin. */
import { addTexts } from '../text';
import type { Texts } from './types/manage';

export let manageTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/manage'), de: () => import('texts:de/manage') },
  (found) => (manageTexts = found),
);
