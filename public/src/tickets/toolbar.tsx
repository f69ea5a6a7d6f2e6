import { lazy, Suspense } from 'react';
import type { CustomField, TicketState, User } from '../api/types';
import { useMe } from '../auth/session';
import { navigate, place, withParams } from '../router/router';
import { texts } from '../text';
import { Choice, type Option } from '../ui/choice';
import { Icon } from '../ui/icons';
import { lazyThemed } from '../ui/lazy';
import { SearchField } from '../ui/search';
import { useTeams } from './data';
import { isSet, paramOf, sortParam, SORTS, type Field, type Filters } from './filters';
import { assigneeOptions, priorityOptions, stateOptions, teamOptions } from './options';
import { Picker } from './picker';

const customFilters = () => import('./custom-filters');
const CustomFilters = lazyThemed(async () => ({ default: (await customFilters()).CustomFilters }));
const CustomChips = lazy(() => customFilters().then((m) => ({ default: m.CustomChips })));

function set(changes: Record<string, string | null>): void {
  navigate(withParams(changes), { replace: true });
}

const setField = (field: Field, values: readonly string[]) =>
  set({ [field]: paramOf(field, values) });

const GROUPS = ['open', 'closed', 'all'] as const;
const isGroup = (value: string) => GROUPS.some((g) => g === value);

/** States stand for themselves or for a group of them; the last choice says which is meant. */
export function statesChosen(before: readonly string[], next: readonly string[]): string[] {
  const added = next.find((v) => !before.includes(v));
  if (added === 'all') return [];
  if (added && isGroup(added)) return [added];
  return next.filter((v) => !isGroup(v) || (!added && v !== 'all'));
}

function useFilterOptions(states: readonly TicketState[], users: readonly User[]) {
  const me = useMe();
  const teams = useTeams();
  const apart = (options: Option<string>[]) => options.map((o, i) => ({ ...o, divider: i === 0 }));
  return {
    state: [
      ...GROUPS.map((g) => ({ value: g as string, label: texts.tickets.groups[g] })),
      ...apart(stateOptions(states)),
    ],
    priority: priorityOptions() as Option<string>[],
    assigneeId: [
      { value: 'me', label: texts.tickets.me },
      { value: 'none', label: texts.tickets.nobody },
      ...apart(teamOptions(teams)),
      ...apart(assigneeOptions(users, me.id).filter((o) => o.value && o.value !== me.id)),
    ],
  };
}

const labelOf = (field: Field) =>
  ({
    state: texts.tickets.state,
    priority: texts.tickets.priority,
    assigneeId: texts.tickets.assignee,
  })[field];

/** What the list is filtered by, each value to be taken away by itself. */
function Chips(props: {
  filters: Filters;
  options: Record<Field, readonly Option<string>[]>;
  fields: readonly CustomField[];
}) {
  const { filters, options } = props;
  const chips = (['state', 'priority', 'assigneeId'] as const)
    .filter((field) => isSet(filters, field))
    .flatMap((field) => {
      const values = filters[field].length ? filters[field] : ['all'];
      return values.map((value) => ({ field, value }));
    });
  const own = Object.keys(filters.custom).length > 0;
  if (chips.length === 0 && !own) return null;
  const nameOf = (field: Field, value: string) =>
    options[field].find((o) => o.value === value)?.label ??
    (field === 'assigneeId' ? texts.tickets.somebody : value);
  return (
    <ul className="filter-chips" aria-label={texts.tickets.activeFilters}>
      {chips.map(({ field, value }) => (
        <li key={`${field}/${value}`}>
          <button
            type="button"
            className="filter-chip"
            aria-label={`${labelOf(field)}: ${nameOf(field, value)}, ${texts.tickets.removeFilter}`}
            onClick={() => {
              const rest = filters[field].filter((v) => v !== value);
              // Without a state the list shows open tickets again, as it does by itself.
              if (field === 'state' && rest.length === 0) set({ state: null });
              else setField(field, rest);
            }}
          >
            <span className="soft">{labelOf(field)}:</span> {nameOf(field, value)}
            <Icon name="close" size={12} />
          </button>
        </li>
      ))}
      {own && (
        <Suspense fallback={null}>
          <CustomChips
            custom={filters.custom}
            fields={props.fields}
            onRemove={(name) => set({ [name]: null })}
          />
        </Suspense>
      )}
      <li>
        <button type="button" className="filter-chip filter-clear" onClick={clearFilters}>
          {texts.tickets.clear}
        </button>
      </li>
    </ul>
  );
}

export function Toolbar(props: {
  filters: Filters;
  states: readonly TicketState[];
  users: readonly User[];
  fields: readonly CustomField[];
}) {
  const { filters, fields } = props;
  const options = useFilterOptions(props.states, props.users);
  const orders = SORTS.flatMap((s) => [s, `-${s}`] as const);
  return (
    <>
      <SearchField
        label={texts.tickets.search}
        value={filters.q}
        maxLength={200}
        onChange={(q) => set({ q })}
      />
      <div className="filters" role="group" aria-label={texts.tickets.filters}>
        <Picker
          multiple
          label={texts.tickets.state}
          value={filters.state.length ? filters.state : ['all']}
          none={texts.tickets.groups.all}
          active={isSet(filters, 'state')}
          options={options.state}
          onChange={(next) =>
            setField('state', statesChosen(filters.state.length ? filters.state : ['all'], next))
          }
        />
        <Picker
          multiple
          label={texts.tickets.assignee}
          value={filters.assigneeId}
          none={texts.tickets.anyone}
          active={isSet(filters, 'assigneeId')}
          options={options.assigneeId}
          onChange={(next) => setField('assigneeId', next)}
        />
        <Picker
          multiple
          label={texts.tickets.priority}
          value={filters.priority}
          none={texts.tickets.any}
          active={isSet(filters, 'priority')}
          keepLabel={filters.priority.length === 0}
          options={options.priority}
          onChange={(next) => setField('priority', next)}
        />
        {fields.length > 0 && (
          <Suspense fallback={null}>
            <CustomFilters custom={filters.custom} fields={fields} onChange={set} />
          </Suspense>
        )}
        <Choice
          label={texts.tickets.sort}
          value={(filters.reversed ? '-' : '') + filters.sort}
          options={orders.map((order) => ({
            value: order as string,
            label: texts.tickets.sortBy[order],
          }))}
          onChange={(order) => {
            const sort = SORTS.find((s) => s === order.replace(/^-/, '')) ?? 'updated';
            set({ sort: sortParam(sort, order.startsWith('-')) });
          }}
        />
      </div>
      <Chips filters={filters} options={options} fields={fields} />
    </>
  );
}

/** The list without filters, keeping the open ticket. */
export function clearFilters(): void {
  navigate(place().path, { replace: true });
}
