/** What stands around every page: the rail (a bar at the bottom of phones), shortcuts, the account. */
import { Suspense, useEffect, useRef, useState, type ComponentType, type ReactNode } from 'react';
import { useMe } from '../auth/session';
import { UNREAD_MAX, unreadText } from '../inbox/data';
import { Link, navigate, usePlace } from '../router/router';
import { texts } from '../text';
import { followLanguage } from '../text/choice';
import { Avatar } from '../ui/avatar';
import { Icon, type IconName } from '../ui/icons';
import { useKey } from '../ui/keys';
import { useWhenIdle } from '../ui/idle';
import { lazyThemed, loadThemed } from '../ui/lazy';
import { setMode } from '../ui/mode';
import { roleNames } from '../ui/names';
import type { KeyGroup } from './keys-dialog';
import { Search } from './search';

const accountMenu = () => import('./account-menu');
const keysDialog = () => import('./keys-dialog');
const AccountMenu = lazyThemed(accountMenu);
const KeysDialog = lazyThemed(keysDialog);

export interface NavItem {
  path: string;
  label: string;
  icon: IconName;
  /** In place of the icon. */
  mark?: ReactNode;
  permission?: string;
  key?: string;
  /** Notifications that are new. */
  unread?: number;
  /** What the entry opens, with the page behind it. */
  panel?: ComponentType<{ anchor: HTMLElement; unread: number; onClose: () => void }>;
  /** On phones, where there is room for five, an entry of the menu "More". */
  more?: boolean;
}

function NavLink({ item, current }: { item: NavItem; current: boolean }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const Panel = item.panel;
  // On the page itself its entry is a link alone.
  const panel =
    Panel && !current
      ? { 'aria-haspopup': 'dialog' as const, 'aria-expanded': anchor !== null }
      : {};
  useKey(item.key ?? '', () => navigate(item.path), item.key !== undefined);
  return (
    <li data-more={item.more ?? false}>
      <Link
        {...panel}
        onClick={(e) => {
          if (!Panel || current || e.metaKey || e.ctrlKey || e.shiftKey) return;
          e.preventDefault();
          setAnchor(e.currentTarget);
        }}
        to={item.path}
        className="nav-link"
        aria-current={current ? 'page' : undefined}
        title={item.key ? texts.keys.named({ page: item.label, key: item.key }) : item.label}
      >
        {item.mark ?? <Icon name={item.icon} />}
        <span>{item.label}</span>
        {Boolean(item.unread) && (
          <>
            <span className="nav-badge number" aria-hidden="true">
              {item.unread! > UNREAD_MAX ? `${UNREAD_MAX}+` : item.unread}
            </span>
            <span className="visually-hidden">, {unreadText(item.unread!)}</span>
          </>
        )}
      </Link>
      {Panel && anchor && (
        <Suspense fallback={null}>
          <Panel anchor={anchor} unread={item.unread ?? 0} onClose={() => setAnchor(null)} />
        </Suspense>
      )}
    </li>
  );
}

export function Rail(props: {
  title: string;
  /** Of the company, by its hash; else ours. */
  logo?: string | undefined;
  items: readonly NavItem[];
  keys: () => Promise<readonly KeyGroup[]>;
  /** The person's own page. */
  account?: string;
  /** Whether there are tickets and people to search for. */
  search?: boolean;
  /** Above the account. */
  foot?: ReactNode;
  children: ReactNode;
}) {
  const me = useMe();
  const { path } = usePlace();
  const { items } = props;
  // Of several that lead here the nearest one is meant.
  const here = items
    .filter((item) => `${path}/`.startsWith(`${item.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
  const [keys, setKeys] = useState<Promise<readonly KeyGroup[]> | null>(null);
  const showKeys = () => setKeys(props.keys());
  const [menuAt, setMenuAt] = useState<HTMLElement | null>(null);
  const main = useRef<HTMLElement>(null);
  useEffect(() => followLanguage(me.id, me.language), [me.id, me.language]);
  useEffect(() => {
    if (me.theme) setMode(me.theme);
  }, [me.theme]);
  useKey('?', showKeys);
  useWhenIdle(loadThemed, accountMenu, keysDialog);
  return (
    <div className="shell">
      <a
        className="skip-link"
        href="#main"
        onClick={(e) => {
          e.preventDefault();
          main.current?.focus();
        }}
      >
        {texts.skip}
      </a>
      <nav className="rail" aria-label={texts.nav.label}>
        <div className="rail-head">
          <img
            src={
              props.logo
                ? `/api/company/logo/${props.logo}`
                : new URL('../icon.svg', import.meta.url).href
            }
            alt=""
            width={20}
            height={20}
          />
          <span className="rail-tenant" title={props.title}>
            {props.title}
          </span>
        </div>
        {props.search && <Search items={items} onKeys={showKeys} />}
        <ul className="rail-items">
          {items.map((item) => (
            <NavLink key={item.path} item={item} current={item === here} />
          ))}
          <li className="rail-account-item">
            <button
              type="button"
              className="nav-link"
              aria-haspopup="menu"
              onClick={(e) => setMenuAt(e.currentTarget)}
            >
              <Avatar name={me.name} id={me.id} />
              <span>{texts.account.short}</span>
            </button>
          </li>
        </ul>
        <div className="rail-foot">
          {props.foot}
          <button
            type="button"
            className="rail-account"
            aria-haspopup="menu"
            onClick={(e) => setMenuAt(e.currentTarget)}
          >
            <Avatar name={me.name} id={me.id} />
            <span className="rail-account-text">
              <strong title={me.name}>{me.name}</strong>
              <span title={roleNames(me.roles)}>{roleNames(me.roles)}</span>
            </span>
          </button>
        </div>
      </nav>
      <main id="main" ref={main} tabIndex={-1} className="main">
        {props.children}
      </main>
      <Suspense fallback={null}>
        {menuAt && (
          <AccountMenu
            anchor={menuAt}
            onClose={() => setMenuAt(null)}
            own={props.account}
            items={items.filter((n) => n.more)}
            search={props.search ?? false}
            onKeys={showKeys}
          />
        )}
        {keys && <KeysDialog onClose={() => setKeys(null)} keys={keys} />}
      </Suspense>
    </div>
  );
}
