/** Unit tests read English texts, and wait for what a busy machine brings late. */
import { setLanguage } from '../text';

await setLanguage('en');
if (typeof document !== 'undefined') {
  const { configure } = await import('@testing-library/react');
  configure({ asyncUtilTimeout: 30_000 });
}
