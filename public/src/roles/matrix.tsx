/** Roles and permissions as a table, or as cards where there is no room for one. */
import IconButton from '@mui/material/IconButton';
import Switch from '@mui/material/Switch';
import { useState, useSyncExternalStore, type KeyboardEvent, type ReactNode } from 'react';
import { roleTexts } from '../text/roles';
import { Icon } from '../ui/icons';
import { Choice } from '../ui/choice';
import { roleName, roleNames } from '../ui/names';
import { sorted, SortHead, useSorting } from '../ui/sort';
import { SCOPES, type Cell, type Group, type Role, type Row, type Scope } from './data';

export type Change = (cell: Cell, row: Row, to?: Scope) => void;

const narrow = window.matchMedia('(max-width: 700px)');
const onNarrow = (tell: () => void) => {
  narrow.addEventListener('change', tell);
  return () => narrow.removeEventListener('change', tell);
};

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** In a cell that can be changed. */
const CONTROL = 'input, .choice';

/** Arrows go from switch to switch, past what can't be changed. */
function moveBetween(e: KeyboardEvent<HTMLTableElement>): void {
  const step = STEPS[e.key];
  const from = (e.target as HTMLElement).closest('td');
  if (!step || !from) return;
  const rows = [...e.currentTarget.rows].filter((r) => r.querySelector(CONTROL));
  let row = rows.indexOf(from.parentElement as HTMLTableRowElement);
  let column = from.cellIndex;
  for (;;) {
    row += step[0];
    column += step[1];
    const cell = rows[row]?.cells[column];
    if (!cell) return;
    const input = cell.querySelector<HTMLElement>(CONTROL);
    if (!input) continue;
    input.focus();
    e.preventDefault();
    return;
  }
}

function Fixed({ granted }: { granted: boolean }) {
  return (
    <span className="roles-fixed" data-granted={granted}>
      {granted ? <Icon name="check" /> : <span aria-hidden="true">–</span>}
      <span className="visually-hidden">{granted ? roleTexts.has : roleTexts.hasNot}</span>
    </span>
  );
}

function Toggle({ cell, row, onChange }: { cell: Cell; row: Row; onChange: Change }) {
  if (cell.fixed) return <Fixed granted={cell.granted} />;
  const label = roleTexts.toggle({ permission: row.label, role: roleName(cell.role) });
  if (cell.scope)
    return (
      <Choice
        look="field"
        label={label}
        value={cell.scope}
        options={SCOPES.map((value) => ({ value, label: roleTexts.scope[value] }))}
        onChange={(to) => onChange(cell, row, to)}
      />
    );
  return (
    <Switch
      size="small"
      checked={cell.granted}
      onChange={() => onChange(cell, row)}
      slotProps={{
        input: {
          role: 'switch',
          'aria-label': label,
        },
      }}
    />
  );
}

function GroupTitle({ group }: { group: Group }) {
  return (
    <>
      {group.source === 'core' ? roleTexts.core : group.title}
      {!group.enabled && <span className="roles-off">{roleTexts.off}</span>}
      {group.source === 'core' && <span className="roles-note">{roleTexts.coreNote}</span>}
      {!group.enabled && <span className="roles-note">{roleTexts.offNote}</span>}
    </>
  );
}

function Words({ row, onWho }: { row: Row; onWho: (row: Row) => void }) {
  return (
    <>
      <IconButton
        className="roles-who"
        size="small"
        title={roleTexts.whoCan({ permission: row.label })}
        aria-label={roleTexts.whoCan({ permission: row.label })}
        onClick={() => onWho(row)}
      >
        <Icon name="people" />
      </IconButton>
      <span className="roles-label">{row.label}</span>{' '}
      <code className="roles-name">{row.name}</code>
      {row.description && <span className="roles-description">{row.description}</span>}
      {row.cells.some((c) => c.scope && !c.fixed) && (
        <span className="roles-description">{roleTexts.scopeNote}</span>
      )}
    </>
  );
}

/** More roles than these have no room beside each other, nor below each permission on a phone. */
const AT_ONCE = 6;

interface Props {
  roles: readonly Role[];
  groups: readonly Group[];
  onChange: Change;
  /** Who has it? */
  onWho: (row: Row) => void;
  /** The actions of a role. */
  menuOf: (role: Role) => ReactNode;
}

/** As the server has them, until a head is pressed: that of the permissions, or of a role. */
const AS_GIVEN = '';
const BY_NAME = 'name';

/** Sorts within the groups: by name, or by whether a role has it. No row moves while its switches are changed. */
function useRowSorting(groups: readonly Group[]) {
  const { sorting, onSort } = useSorting<string>(AS_GIVEN);
  const [then, setThen] = useState<ReadonlyMap<string, Row>>(new Map());
  const value = (row: Row) => {
    if (sorting.by === AS_GIVEN) return 0;
    if (sorting.by === BY_NAME) return row.label;
    const cell = then.get(row.name)?.cells.find((c) => c.role === sorting.by);
    return cell && !cell.granted;
  };
  return {
    sorting,
    onSort: (by: string) => {
      setThen(new Map(groups.flatMap((g) => g.rows.map((row) => [row.name, row]))));
      onSort(by);
    },
    sortedRows: (rows: readonly Row[]) => sorted(rows, value, sorting),
  };
}

function Table({ roles, groups, onChange, onWho, menuOf }: Props) {
  const { sorting, onSort, sortedRows } = useRowSorting(groups);
  return (
    <table className="table roles" data-many={roles.length > AT_ONCE} onKeyDown={moveBetween}>
      <caption className="visually-hidden">{roleTexts.caption}</caption>
      <thead>
        <tr>
          <SortHead by={BY_NAME} sorting={sorting} onSort={onSort}>
            {roleTexts.permission}
          </SortHead>
          {roles.map((r) => (
            <SortHead
              key={r.role}
              by={r.role}
              sorting={sorting}
              onSort={onSort}
              className="roles-cell"
              title={r.description ?? undefined}
              beside={menuOf(r)}
            >
              {roleName(r.role)}
            </SortHead>
          ))}
        </tr>
      </thead>
      {groups.map((group) => (
        <tbody key={group.source} data-source={group.source} data-off={!group.enabled}>
          <tr className="roles-group">
            <th scope="rowgroup" colSpan={roles.length + 1}>
              <GroupTitle group={group} />
            </th>
          </tr>
          {sortedRows(group.rows).map((row) => (
            <tr key={row.name} data-permission={row.name}>
              <th scope="row">
                <Words row={row} onWho={onWho} />
              </th>
              {row.cells.map((cell) => (
                <td key={cell.role} className="roles-cell" data-role={cell.role}>
                  <Toggle cell={cell} row={row} onChange={onChange} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}

/** What nobody can change is one line of names on a phone. */
const holders = (row: Row) => row.cells.filter((c) => c.granted).map((c) => c.role);

const ALL = '';
function Cards({ roles, groups, onChange, onWho, menuOf }: Props) {
  const [chosen, setChosen] = useState<string | null>(null);
  const first = roles.length > AT_ONCE ? (roles[0]?.role ?? ALL) : ALL;
  const shown = roles.find((r) => r.role === (chosen ?? first));
  const isShown = (cell: Cell) => !shown || cell.role === shown.role;
  return (
    <div className="roles-cards">
      <div className="roles-choice">
        <Choice
          label={roleTexts.role}
          value={shown?.role ?? ALL}
          options={[
            { value: ALL, label: roleTexts.allRoles },
            ...roles.map((r) => ({ value: r.role, label: roleName(r.role) })),
          ]}
          onChange={setChosen}
        />
        {shown && menuOf(shown)}
      </div>
      {shown?.description && <p className="roles-note">{shown.description}</p>}
      {groups.map((group) => (
        <section key={group.source} data-source={group.source} data-off={!group.enabled}>
          <h2>
            <GroupTitle group={group} />
          </h2>
          {group.rows.map((row) => (
            <article key={row.name} className="roles-card" data-permission={row.name}>
              <h3>
                <Words row={row} onWho={onWho} />
              </h3>
              {!shown && row.cells.every((c) => c.fixed) ? (
                <p className="roles-holders">{roleNames(holders(row))}</p>
              ) : (
                <ul>
                  {row.cells.filter(isShown).map((cell) => (
                    <li key={cell.role} data-role={cell.role}>
                      <span>{roleName(cell.role)}</span>
                      <Toggle cell={cell} row={row} onChange={onChange} />
                    </li>
                  ))}
                </ul>
              )}
            </article>
          ))}
        </section>
      ))}
    </div>
  );
}

export function Matrix(props: Props) {
  const cards = useSyncExternalStore(onNarrow, () => narrow.matches);
  return cards ? <Cards {...props} /> : <Table {...props} />;
}
