/** Unit tests read English texts. */
import { setLanguage } from '../text';

await setLanguage('en');
