/** Texts of the reports. */
import { addTexts } from '../text';
import type { Texts } from './types/reports';

export let reportTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/reports'), de: () => import('texts:de/reports') },
  (found) => (reportTexts = found),
);
