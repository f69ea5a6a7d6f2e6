/** What forms say of a field that is not right. */
import { addTexts } from '../text';
import type { Texts } from './types/fields';

export let fieldTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/fields'), de: () => import('texts:de/fields') },
  (found) => (fieldTexts = found),
);
