/** The palette: one line to type in, and a list below that arrows walk through while the line keeps the focus. */
import Dialog from '@mui/material/Dialog';
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { usePreferences } from '../account/preferences';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import type { Items, TicketPage, User } from '../api/types';
import { may, useMe, useSession } from '../auth/session';
import { navigate } from '../router/router';
import { currentLanguage, LANGUAGE_KEYS, LANGUAGES, texts } from '../text';
import { paletteTexts } from '../text/palette';
import { menuTexts } from '../text/menu';
import { Icon } from '../ui/icons';
import { press } from '../ui/keys';
import { MODES, useMode } from '../ui/mode';
import { roleNames } from '../ui/names';
import { GROUPS, matching, PEOPLE_MAX, personEntry, ticketEntry, type Entry } from './entries';
import type { NavItem } from './rail';
import './palette.css';

const PAUSE_MS = 150;
const TYPED_MIN = 2;
const TICKETS_MAX = 6;

/** Asked for after a pause in typing, so that not each letter is a request. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function useTickets(typed: string) {
  const q = useSettled(typed);
  const { data, loading } = useQuery<TicketPage>(
    q.length < TYPED_MIN ? null : `palette/tickets/${q}`,
    (signal) => api.get('/api/tickets', { signal, query: { q, limit: TICKETS_MAX } }),
  );
  const none = typed.length < TYPED_MIN;
  return { tickets: none ? [] : (data?.items ?? []), loading: !none && (loading || q !== typed) };
}

function useActions(onKeys: () => void): Entry[] {
  const me = useMe();
  const { signOut } = useSession();
  const mode = useMode();
  const { setLanguage, setTheme } = usePreferences();
  const action = (id: string, label: string, icon: Entry['icon'], run: () => void, note?: string) =>
    ({ id: `action-${id}`, group: 'actions', label, icon, run, note }) as const;
  return [
    ...(may(me, 'tickets:write:own')
      ? [
          action(
            'new',
            texts.tickets.create,
            'plus',
            () => {
              navigate('/tickets');
              press('c');
            },
            'c',
          ),
        ]
      : []),
    ...MODES.filter((m) => m !== mode).map((m) =>
      action(
        m,
        `${menuTexts.theme}: ${menuTexts.modes[m]}`,
        m === 'light' ? 'sun' : m === 'dark' ? 'moon' : 'system',
        () => void setTheme(m),
      ),
    ),
    ...LANGUAGE_KEYS.filter((l) => l !== currentLanguage()).map((l) =>
      action(l, `${menuTexts.language}: ${LANGUAGES[l]}`, 'settings', () => void setLanguage(l)),
    ),
    action('keys', texts.keys.title, 'keyboard', onKeys, '?'),
    action('out', menuTexts.signOut, 'signout', () => void signOut().catch(() => {})),
  ];
}

/** As soon as it is there: the dialog has its content a moment after it is drawn. */
const focusIt = (input: HTMLInputElement | null) => input?.focus();

export default function Palette(props: {
  items: readonly NavItem[];
  onKeys: () => void;
  onClose: () => void;
}) {
  const { items, onKeys, onClose } = props;
  const me = useMe();
  const id = useId();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const [left, setLeft] = useState(false);
  const typed = text.trim();
  const { tickets, loading } = useTickets(typed);
  const { data: users } = useQuery<Items<User>>(may(me, 'users:read') ? 'users' : null, (signal) =>
    api.get('/api/users', { signal }),
  );
  const actions = useActions(onKeys);
  const people = useMemo(
    () =>
      (users?.items ?? [])
        .filter((u) => u.active)
        .map((u) => personEntry(u, roleNames(u.roles), navigate)),
    [users],
  );
  const pages = items.map((item): Entry => ({
    id: `page-${item.path}`,
    group: 'pages',
    label: item.label,
    note: item.key,
    icon: item.icon,
    run: () => navigate(item.path),
  }));
  const entries = [
    ...tickets.map((t) => ticketEntry(t, t.assigneeName ?? '', navigate)),
    ...(typed ? matching(people, typed).slice(0, PEOPLE_MAX) : []),
    ...matching(pages, typed),
    ...matching(actions, typed),
  ];
  const active = entries.find((e) => e.id === chosen) ?? entries[0];
  const optionId = (entry: Entry) => `${id}-${entry.id}`;

  useEffect(() => {
    if (active) document.getElementById(`${id}-${active.id}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, active]);

  const choose = (entry: Entry) => {
    // Where it leads has the focus, not what had it before.
    setLeft(true);
    onClose();
    entry.run();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (e.nativeEvent.isComposing) return;
    if (step && active) {
      e.preventDefault();
      const at = (entries.indexOf(active) + step + entries.length) % entries.length;
      setChosen(entries[at]!.id);
    } else if (e.key === 'Enter' && active) {
      e.preventDefault();
      choose(active);
    }
  };

  return (
    <Dialog
      open
      onClose={onClose}
      maxWidth="sm"
      fullWidth
      disableRestoreFocus={left}
      slotProps={{ paper: { className: 'palette', 'aria-label': paletteTexts.title } }}
    >
      <div className="palette-line">
        <Icon name="search" />
        <input
          ref={focusIt}
          role="combobox"
          type="text"
          autoComplete="off"
          spellCheck={false}
          aria-label={paletteTexts.title}
          aria-autocomplete="list"
          aria-expanded={entries.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={active && optionId(active)}
          placeholder={paletteTexts.placeholder}
          maxLength={200}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            setChosen(null);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        role="listbox"
        id={`${id}-list`}
        aria-label={paletteTexts.results}
        className="palette-list"
      >
        {GROUPS.map((group) => {
          const mine = entries.filter((e) => e.group === group);
          return (
            mine.length > 0 && (
              <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
                <div id={`${id}-${group}`} className="palette-group">
                  {paletteTexts.groups[group]}
                </div>
                {mine.map((entry) => (
                  // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are those of the line above
                  <div
                    key={entry.id}
                    id={optionId(entry)}
                    role="option"
                    tabIndex={-1}
                    aria-selected={entry === active}
                    className="palette-entry"
                    onMouseMove={() => setChosen(entry.id)}
                    onClick={() => choose(entry)}
                  >
                    <Icon name={entry.icon} />
                    <span className="palette-label">{entry.label}</span>
                    {entry.note && <span className="palette-note">{entry.note}</span>}
                  </div>
                ))}
              </div>
            )
          );
        })}
      </div>
      <p role="status" className={entries.length || loading ? 'visually-hidden' : 'palette-none'}>
        {loading
          ? texts.loading
          : entries.length
            ? paletteTexts.count({ n: entries.length })
            : paletteTexts.none({ typed })}
      </p>
    </Dialog>
  );
}
