/**
 * Addresses, by React Router. shell/ and system-app.tsx map them to pages; what isn't a component (a toast, a
 * plugin) goes somewhere by navigate().
 */
import { cloneElement, isValidElement, useMemo, type MouseEvent, type ReactElement } from 'react';
import {
  createBrowserRouter,
  useLocation,
  useRouteError,
  type RouteObject,
} from 'react-router-dom';
import { useLanguage } from '../text';

export { Link } from 'react-router-dom';

type Router = ReturnType<typeof createBrowserRouter>;

let router: Router | null = null;
let moved = false;

/** Elements of routes stay the same ones: this makes new ones when the language is another. */
function InLanguage({ element }: { element: ReactElement }) {
  useLanguage();
  return cloneElement(element);
}

const inLanguage = (route: RouteObject): RouteObject =>
  Object.assign(
    { ...route },
    isValidElement(route.element) && { element: <InLanguage element={route.element} /> },
    route.children && { children: route.children.map(inLanguage) },
  );

/** What the frame itself throws is the app's to show. */
function Rethrow(): never {
  throw useRouteError();
}

/** One page has one router. `frame` stands around all pages, and draws them by <Outlet>. */
export function createRouter(frame: ReactElement, pages: RouteObject[]): Router {
  const routes = [{ element: frame, errorElement: <Rethrow />, children: pages }];
  router = createBrowserRouter(routes.map(inLanguage), {
    future: {
      v7_relativeSplatPath: true,
      v7_fetcherPersist: true,
      v7_normalizeFormMethod: true,
      v7_partialHydration: true,
      v7_skipActionErrorRevalidation: true,
    },
  });
  router.subscribe(() => {
    moved = true;
  });
  return router;
}

/** False until somebody went somewhere: the first page is announced by the browser itself. */
export const hasMoved = () => moved;

export interface Place {
  path: string;
  query: URLSearchParams;
}

export function place(): Place {
  const { pathname, search } = router?.state.location ?? window.location;
  return { path: pathname, query: new URLSearchParams(search) };
}

export function usePlace(): Place {
  const { pathname, search } = useLocation();
  return useMemo(
    () => ({ path: pathname, query: new URLSearchParams(search) }),
    [pathname, search],
  );
}

/** Where one is already, nothing is added to the history. Before there is a router (sign-in, links), it will start there. */
export function navigate(to: string, { replace = false } = {}): void {
  const now = window.location.pathname + window.location.search;
  if (router) void router.navigate(to, { replace: replace || to === now });
  else window.history.replaceState(null, '', to);
}

/**
 * What a click on a link inside of the app does, for links that stand in lists of a thousand: a <Link> draws itself
 * again with each change of the address, a plain one with this doesn't. New tabs and windows are the browser's.
 */
export function followLink(e: MouseEvent<HTMLAnchorElement>): void {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)
    return;
  e.preventDefault();
  navigate(e.currentTarget.pathname + e.currentTarget.search);
}

/** The same page with some query parameters changed; null takes one away. */
export function withParams(changes: Record<string, string | null>, path?: string): string {
  const here = place();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') here.query.delete(name);
    else here.query.set(name, value);
  }
  const text = here.query.toString();
  return (path ?? here.path) + (text ? `?${text}` : '');
}
