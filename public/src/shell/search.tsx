/** Ctrl K (Cmd K on a Mac): tickets, people, pages and actions by their names. */
import { Suspense, useEffect, useState } from 'react';
import { texts } from '../text';
import { Icon } from '../ui/icons';
import { useWhenIdle } from '../ui/idle';
import { isCovered, useKey } from '../ui/keys';
import { lazyThemed } from '../ui/lazy';
import type { NavItem } from './rail';

const palette = () => import('./palette');
const Palette = lazyThemed(palette);

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export const paletteKeys = () => (isMac ? '⌘ K' : `${texts.keys.ctrl} K`);

/** Its name among the keys: the menu of a phone, which has no room for the button, opens it by this. */
export const PALETTE = 'palette';

export function Search(props: { items: readonly NavItem[]; onKeys: () => void }) {
  const [open, setOpen] = useState(false);
  useWhenIdle(palette);
  useKey(PALETTE, () => setOpen(true));
  useEffect(() => {
    const onKeyDown = (e: KeyboardEvent) => {
      if (e.key.toLowerCase() !== 'k' || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey)
        return;
      // The browser has this key for its own search.
      e.preventDefault();
      if (!isCovered()) setOpen(true);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <>
      <button
        type="button"
        className="rail-search"
        aria-haspopup="dialog"
        title={texts.keys.named({ page: texts.keys.palette, key: paletteKeys() })}
        onClick={() => setOpen(true)}
      >
        <Icon name="search" />
        <span>{texts.keys.search}</span>
        <kbd aria-hidden="true">{paletteKeys()}</kbd>
      </button>
      {open && (
        <Suspense fallback={null}>
          <Palette items={props.items} onKeys={props.onKeys} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
