/** Texts of the page of the company. */
import { addTexts } from '../text';
import type { Texts } from './types/company';

export let companyTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/company'), de: () => import('texts:de/company') },
  (found) => (companyTexts = found),
);
