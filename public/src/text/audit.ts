/** Texts of the audit log. */
import { addTexts } from '../text';
import type { Texts } from './types/audit';

export let auditTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/audit'), de: () => import('texts:de/audit') },
  (found) => (auditTexts = found),
);
