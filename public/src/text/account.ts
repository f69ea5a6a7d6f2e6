/** Texts of passwords, of invitations, and of what administrators do with people. */
import { addTexts } from '../text';
import type { Texts } from './types/account';

export let accountTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/account'), de: () => import('texts:de/account') },
  (found) => (accountTexts = found),
);
