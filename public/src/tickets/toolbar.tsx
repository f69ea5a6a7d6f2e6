import InputBase from '@mui/material/InputBase';
import { useEffect, useRef, useState, type RefObject } from 'react';
import type { TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { navigate, place, withParams } from '../router/router';
import { T } from '../text';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { SORTS, type Filters } from './filters';
import { assigneeOptions, priorityOptions, stateOptions } from './options';

const TYPING_MS = 200;

function set(changes: Record<string, string | null>): void {
  navigate(withParams(changes), { replace: true });
}

function Search({ q, inputRef }: { q: string; inputRef: RefObject<HTMLInputElement | null> }) {
  const [text, setText] = useState(q);
  const sent = useRef(q);
  // The address changed by other means (back, a link): show what it says.
  useEffect(() => {
    if (q !== sent.current) {
      sent.current = q;
      setText(q);
    }
  }, [q]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      set({ q: text });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="search">
      <Icon name="search" size={14} />
      <InputBase
        inputRef={inputRef}
        value={text}
        placeholder={T.tickets.search}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Escape') return;
          e.stopPropagation();
          if (text) setText('');
          else (e.target as HTMLElement).blur();
        }}
        inputProps={{ 'aria-label': T.tickets.search, type: 'search', maxLength: 200 }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

export function Toolbar(props: {
  filters: Filters;
  states: readonly TicketState[];
  users: readonly User[];
  searchRef: RefObject<HTMLInputElement | null>;
}) {
  const me = useMe();
  const { filters } = props;
  const people = assigneeOptions(props.users, me.id).filter((o) => o.value && o.value !== me.id);
  return (
    <>
      <Search q={filters.q} inputRef={props.searchRef} />
      <div className="filters" role="group" aria-label={T.tickets.filters}>
        <Choice
          label={T.tickets.state}
          value={filters.state}
          active={filters.state !== 'open'}
          options={[
            { value: 'open', label: T.tickets.groups.open },
            { value: 'closed', label: T.tickets.groups.closed },
            { value: 'all', label: T.tickets.groups.all },
            ...stateOptions(props.states).map((o, i) => ({ ...o, divider: i === 0 })),
          ]}
          onChange={(v) => set({ state: v === 'open' ? null : v })}
        />
        <Choice
          label={T.tickets.assignee}
          value={filters.assigneeId ?? ''}
          active={filters.assigneeId !== null}
          options={[
            { value: '', label: T.tickets.anyone },
            { value: 'me', label: T.tickets.me },
            { value: 'none', label: T.tickets.nobody },
            ...people.map((o, i) => ({ ...o, divider: i === 0 })),
          ]}
          onChange={(v) => set({ assigneeId: v || null })}
        />
        <Choice
          label={T.tickets.priority}
          value={filters.priority ?? ''}
          active={filters.priority !== null}
          keepLabel={filters.priority === null}
          options={[{ value: '', label: T.tickets.any }, ...priorityOptions()]}
          onChange={(v) => set({ priority: v || null })}
        />
        <Choice
          label={T.tickets.sort}
          value={filters.sort}
          options={SORTS.map((s) => ({ value: s, label: T.tickets.sorts[s] }))}
          onChange={(v) => set({ sort: v === 'updated' ? null : v })}
        />
      </div>
    </>
  );
}

/** The list without filters, keeping the open ticket. */
export function clearFilters(): void {
  navigate(place().path, { replace: true });
}
