/** Roles and permissions as a table, or as cards where there is no room for one. */
import Switch from '@mui/material/Switch';
import { useSyncExternalStore, type KeyboardEvent } from 'react';
import { T } from '../text';
import { Icon } from '../ui/icons';
import type { Cell, Group, Role, Row } from './data';

export type Change = (cell: Cell, row: Row) => void;

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

/** Arrows go from switch to switch, past what can't be changed. */
function moveBetween(e: KeyboardEvent<HTMLTableElement>): void {
  const step = STEPS[e.key];
  const from = (e.target as HTMLElement).closest('td');
  if (!step || !from) return;
  const rows = [...e.currentTarget.rows].filter((r) => r.querySelector('input'));
  let row = rows.indexOf(from.parentElement as HTMLTableRowElement);
  let column = from.cellIndex;
  for (;;) {
    row += step[0];
    column += step[1];
    const cell = rows[row]?.cells[column];
    if (!cell) return;
    const input = cell.querySelector('input');
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
      <span className="visually-hidden">{granted ? T.roles.has : T.roles.hasNot}</span>
    </span>
  );
}

function Toggle({ cell, row, onChange }: { cell: Cell; row: Row; onChange: Change }) {
  if (cell.fixed) return <Fixed granted={cell.granted} />;
  return (
    <Switch
      size="small"
      checked={cell.granted}
      onChange={() => onChange(cell, row)}
      slotProps={{
        input: {
          role: 'switch',
          'aria-label': T.roles.toggle({ permission: row.label, role: cell.roleLabel }),
        },
      }}
    />
  );
}

function GroupTitle({ group }: { group: Group }) {
  return (
    <>
      {group.source === 'core' ? T.roles.core : group.title}
      {!group.enabled && <span className="roles-off">{T.roles.off}</span>}
      {group.source === 'core' && <span className="roles-note">{T.roles.coreNote}</span>}
      {!group.enabled && <span className="roles-note">{T.roles.offNote}</span>}
    </>
  );
}

function Words({ row }: { row: Row }) {
  return (
    <>
      <span className="roles-label">{row.label}</span>{' '}
      <code className="roles-name">{row.name}</code>
      {row.description && <span className="roles-description">{row.description}</span>}
    </>
  );
}

interface Props {
  roles: readonly Role[];
  groups: readonly Group[];
  onChange: Change;
}

function Table({ roles, groups, onChange }: Props) {
  return (
    <table className="table roles" onKeyDown={moveBetween}>
      <caption className="visually-hidden">{T.roles.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{T.roles.permission}</th>
          {roles.map((r) => (
            <th key={r.role} scope="col" className="roles-cell">
              {r.label}
            </th>
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
          {group.rows.map((row) => (
            <tr key={row.name} data-permission={row.name}>
              <th scope="row">
                <Words row={row} />
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
const holders = (row: Row) =>
  row.cells
    .filter((c) => c.granted)
    .map((c) => c.roleLabel)
    .join(', ');

function Cards({ groups, onChange }: Props) {
  return (
    <div className="roles-cards">
      {groups.map((group) => (
        <section key={group.source} data-source={group.source} data-off={!group.enabled}>
          <h2>
            <GroupTitle group={group} />
          </h2>
          {group.rows.map((row) => (
            <article key={row.name} className="roles-card" data-permission={row.name}>
              <h3>
                <Words row={row} />
              </h3>
              {row.cells.every((c) => c.fixed) ? (
                <p className="roles-holders">{holders(row)}</p>
              ) : (
                <ul>
                  {row.cells.map((cell) => (
                    <li key={cell.role} data-role={cell.role}>
                      <span>{cell.roleLabel}</span>
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
