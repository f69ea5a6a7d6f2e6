/** Texts of webhooks. */
import { addTexts } from '../text';
import type { Texts } from './types/webhooks';

export let webhookTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/webhooks'), de: () => import('texts:de/webhooks') },
  (found) => (webhookTexts = found),
);
