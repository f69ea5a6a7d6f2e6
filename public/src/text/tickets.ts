/** Texts of a ticket's stream and of changing many tickets, which come after the first screen. */
import { addTexts } from '../text';
import type { Texts } from './types/tickets';

export let ticketTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/tickets'), de: () => import('texts:de/tickets') },
  (found) => (ticketTexts = found),
);
