/** Texts of the account's menu. */
import { addTexts } from '../text';
import type { Texts } from './types/menu';

export let menuTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/menu'), de: () => import('texts:de/menu') },
  (found) => (menuTexts = found),
);
