/** What plugins have in the navigation. It is loaded when one has something. */
import type { ReactNode } from 'react';
import type { Installation } from '../api/types';
import { placeTexts } from '../text/places';
import { TabIcon } from './tab-icon';
import './own-nav.css';

/** So many entries there are of all plugins; one for all of them follows when they have more. */
const OWN_MAX = 8;
const ORDER = 100;

export interface OwnNavItem {
  path: string;
  label: string;
  icon: 'plugin';
  /** In place of the icon. */
  mark?: ReactNode;
  more: true;
}

/** The address of a page, by its path below the plugin's own. */
export const addressOf = (pluginKey: string, path: string): string =>
  `/x/${pluginKey}${path === '/' ? '' : path}`;

/** All entries, in their order. */
export const navigationOf = (installations: readonly Installation[]): OwnNavItem[] =>
  installations
    .filter((i) => i.state === 'enabled')
    .flatMap(({ pluginKey, ui }) => (ui?.navigation ?? []).map((n) => ({ ...n, pluginKey })))
    .sort((a, b) => (a.order ?? ORDER) - (b.order ?? ORDER) || a.label.localeCompare(b.label))
    .map(({ pluginKey, path, label, icon }) => ({
      path: addressOf(pluginKey, path),
      label,
      icon: 'plugin',
      mark: icon && (
        <i className="nav-mark">
          <TabIcon icon={icon} />
        </i>
      ),
      more: true,
    }));

/** Those that there is room for. */
export function navItemsOf(installations: readonly Installation[]): OwnNavItem[] {
  const all = navigationOf(installations);
  return all.length <= OWN_MAX
    ? all
    : [
        ...all.slice(0, OWN_MAX),
        { path: '/x', label: placeTexts.apps, icon: 'plugin', more: true },
      ];
}
