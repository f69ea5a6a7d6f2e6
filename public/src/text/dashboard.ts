/** Texts of the dashboard. */
import { addTexts } from '../text';
import type { Texts } from './types/dashboard';

export let dashboardTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/dashboard'), de: () => import('texts:de/dashboard') },
  (found) => (dashboardTexts = found),
);
