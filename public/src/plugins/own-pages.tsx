/** Pages of plugins, at /x/<key>/..., and the list of them where the navigation has no room for all. */
import { useCallback, useMemo, useState } from 'react';
import { matchRoutes, useLocation, useParams } from 'react-router-dom';
import type { Installation, SlotEntry } from '../api/types';
import { Link } from '../router/router';
import { texts } from '../text';
import { placeTexts } from '../text/places';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { addressOf, navigationOf } from './own-nav';
import { OwnPlaceContext, type OwnPlace } from './own-place';
import { usePluginRegistry } from './registry';
import { PluginSlot } from './slot';
import './own-pages.css';

const TITLE_MAX = 120;

const pathOf = (entry: SlotEntry) => String(entry.props?.path ?? '/');

/** An address whose parts aren't what they seem, such as a%2Fb, belongs to no page. */
function isPlain(path: string): boolean {
  try {
    return path
      .slice(1)
      .split('/')
      .map(decodeURIComponent)
      .every((part, i) => !/[/\\\u0000-\u001f\u007f]|^\.{1,2}$/.test(part) && (part || !i));
  } catch {
    return false;
  }
}

interface Found {
  entry: SlotEntry;
  /** In the address, as far as the page's own path has parts. */
  at: string;
  params: Record<string, string>;
}

/** Which of the plugin's pages an address below it is. */
function find(pages: readonly SlotEntry[], path: string): Found | null {
  if (!isPlain(path)) return null;
  const routes = pages.map((entry) => ({ path: pathOf(entry), caseSensitive: true, entry }));
  const match = matchRoutes(routes, path)?.[0];
  if (!match) return null;
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(match.params)) params[name] = value ?? '';
  return { entry: match.route.entry, at: match.pathnameBase, params };
}

/** The pages that one came by: those at shorter addresses of which this one is a continuation. */
function crumbsOf(
  plugin: Installation,
  pages: readonly SlotEntry[],
  path: string,
  here: SlotEntry,
) {
  const parts = path.split('/').slice(1);
  const shorter = parts.map((_, n) => `/${parts.slice(0, n).join('/')}`);
  const crumbs = shorter.flatMap((above) => {
    const found = find(pages, above);
    return found && found.entry !== here && found.at === above && found.entry.allowed !== false
      ? [{ path: above, title: String(found.entry.props?.title ?? '') }]
      : [];
  });
  const first = plugin.ui?.navigation?.[0]?.path;
  const isAtRoot = crumbs[0]?.path === '/';
  const start = isAtRoot ? '/' : first;
  const isHere = start === path || (start === undefined && crumbs.length === 0);
  return [
    ...(isHere || start === undefined ? [] : [{ path: start, title: plugin.displayName }]),
    ...crumbs.slice(isAtRoot ? 1 : 0).filter((c) => c.path !== start),
  ];
}

function Crumbs({
  pluginKey,
  crumbs,
}: {
  pluginKey: string;
  crumbs: readonly { path: string; title: string }[];
}) {
  return (
    <nav className="crumbs" aria-label={placeTexts.crumbs}>
      <ol>
        {crumbs.map((c) => (
          <li key={c.path}>
            <Link to={addressOf(pluginKey, c.path)}>{c.title}</Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Nothing(props: { title: string; text: string }) {
  return (
    <Page title={props.title}>
      <Empty icon="search" title={props.title} text={props.text}>
        <Link to="/tickets">{texts.notFound.back}</Link>
      </Empty>
    </Page>
  );
}

const NotFound = () => <Nothing title={texts.notFound.title} text={texts.notFound.text} />;

function OwnPage(props: {
  plugin: Installation;
  pages: readonly SlotEntry[];
  path: string;
  found: Found;
}) {
  const { plugin, pages, path, found } = props;
  const { pluginKey } = plugin;
  const [said, setSaid] = useState<{ at: string; title: string } | null>(null);
  const onTitle = useCallback(
    (title: string | null) =>
      setSaid(title ? { at: path, title: String(title).slice(0, TITLE_MAX) } : null),
    [path],
  );
  // The same object as long as it says the same: components may name it among what an effect depends on.
  const values = JSON.stringify(found.params);
  const own = useMemo<OwnPlace>(
    () => ({ path, params: JSON.parse(values) as Record<string, string> }),
    [path, values],
  );
  const crumbs = crumbsOf(plugin, pages, path, found.entry);
  const title =
    said?.at === path ? said.title : String(found.entry.props?.title ?? plugin.displayName);
  return (
    <Page
      title={title}
      before={crumbs.length > 0 && <Crumbs pluginKey={pluginKey} crumbs={crumbs} />}
      still
    >
      <OwnPlaceContext.Provider value={own}>
        <div className="plugin-page">
          <PluginSlot
            id="plugin.page"
            renderType="page"
            pluginKey={pluginKey}
            place={`${pluginKey}:${pathOf(found.entry)}`}
            attempt={path}
            slotProps={{ pluginKey, ...own, onTitle }}
          />
        </div>
      </OwnPlaceContext.Provider>
    </Page>
  );
}

export function OwnPages() {
  const { pluginKey = '' } = useParams();
  const { pathname } = useLocation();
  const { installations, places, loading, error, refresh } = usePluginRegistry();
  const plugin = installations.find((i) => i.pluginKey === pluginKey);
  if (!plugin && loading)
    return (
      <Page title={texts.loading}>
        <div className="plugin-page">
          <Bars rows={6} label={texts.loading} />
        </div>
      </Page>
    );
  if (!plugin && error && installations.length === 0)
    return (
      <Page title={texts.notFound.title}>
        <ErrorState error={error} onRetry={refresh} />
      </Page>
    );
  const pages = plugin?.ui?.slots.filter((s) => s.slotId === 'plugin.page') ?? [];
  const path = pathname.slice(`/x/${pluginKey}`.length).replace(/\/+$/, '') || '/';
  const found = find(pages, path);
  if (!plugin || !found) return <NotFound />;
  const name = plugin.displayName;
  if (plugin.state !== 'enabled')
    return <Nothing title={placeTexts.off({ name })} text={placeTexts.offText} />;
  const place = `${pluginKey}:${pathOf(found.entry)}`;
  if (!places.some((p) => p.slotId === 'plugin.page' && p.id === place))
    return <Nothing title={placeTexts.closed} text={placeTexts.closedText} />;
  return <OwnPage key={place} plugin={plugin} pages={pages} path={path} found={found} />;
}

/** Everything that plugins have in the navigation. */
export function AllPages() {
  const { installations, loading } = usePluginRegistry();
  const items = navigationOf(installations);
  return (
    <Page title={placeTexts.apps}>
      <div className="plugin-page">
        {items.length > 0 ? (
          <ul className="app-tiles">
            {items.map((item) => (
              <li key={item.path}>
                <Link to={item.path}>
                  {item.mark ?? <Icon name={item.icon} />}
                  <span>{item.label}</span>
                </Link>
              </li>
            ))}
          </ul>
        ) : loading ? (
          <Bars rows={6} label={texts.loading} />
        ) : (
          <Empty icon="plugin" title={placeTexts.none} text={placeTexts.noneText} />
        )}
      </div>
    </Page>
  );
}
