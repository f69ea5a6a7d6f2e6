/** Texts of the form that a plugin's settings become. */
import { addTexts } from '../text';
import type { Texts } from './types/forms';

export let formTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/forms'), de: () => import('texts:de/forms') },
  (found) => (formTexts = found),
);
