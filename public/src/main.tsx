/** The people's page. */
import { App } from './app';
import { boot } from './boot';
import { shareGlobals } from './plugins/globals';

shareGlobals();
boot(<App />);
