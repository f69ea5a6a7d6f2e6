/**
 * The page of the system administration, at an address of its own: no plugin's code is loaded here, and
 * nothing of the page is shared with any.
 */
import { boot } from './boot';
import { SystemApp } from './system-app';

boot(<SystemApp />);
