/** Texts of plugin administration: the marketplace, what is installed, dialogs of a plugin’s life. */
import { addTexts } from '../text';
import './server';
import type { Texts } from './types/plugins';

export let pluginTexts: Texts;
await addTexts<Texts>(
  { en: () => import('texts:en/plugins'), de: () => import('texts:de/plugins') },
  (found) => (pluginTexts = found),
);
