/** Texts of the page of roles and permissions. */
import { addTexts } from '../text';
import type { Texts } from './types/roles';

export let roleTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/roles'), de: () => import('texts:de/roles') },
  (found) => (roleTexts = found),
);
