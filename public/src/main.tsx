/** The people's page. */
import { App } from './app';
import { boot } from './boot';
import { shareGlobals } from './plugins/globals';

shareGlobals(() => import('./kit'));
boot(<App />);
