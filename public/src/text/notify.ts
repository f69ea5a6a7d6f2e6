/** Texts of the page that sends notifications. */
import { addTexts } from '../text';
import type { Texts } from './types/notify';

export let notifyTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/notify'), de: () => import('texts:de/notify') },
  (found) => (notifyTexts = found),
);
