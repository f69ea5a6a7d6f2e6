import type { TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { navigate, place, withParams } from '../router/router';
import { T } from '../text';
import { Choice } from '../ui/choice';
import { SearchField } from '../ui/search';
import { SORTS, type Filters } from './filters';
import { assigneeOptions, priorityOptions, stateOptions } from './options';

function set(changes: Record<string, string | null>): void {
  navigate(withParams(changes), { replace: true });
}

export function Toolbar(props: {
  filters: Filters;
  states: readonly TicketState[];
  users: readonly User[];
}) {
  const me = useMe();
  const { filters } = props;
  const people = assigneeOptions(props.users, me.id).filter((o) => o.value && o.value !== me.id);
  return (
    <>
      <SearchField
        label={T.tickets.search}
        value={filters.q}
        maxLength={200}
        onChange={(q) => set({ q })}
      />
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
