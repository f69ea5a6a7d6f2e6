/** The server's sentences in the person's language, for pages that show some outside of problems. */
import { addServerTexts } from '../text';

await addServerTexts();
