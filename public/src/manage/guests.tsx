/** Which processes run the plugin's code now, and whom each serves. */
import Button from '@mui/material/Button';
import type { ReactNode } from 'react';
import { texts } from '../text';
import { fileSize } from '../ui/amounts';
import { manageTexts } from '../text/manage';
import { useGuests } from '../market/calls';
import type { Guest } from '../market/types';
import { figure } from '../ui/quantity';
import { SortBy, sorted, SortHead, useSorting, type Value } from '../ui/sort';
import { Bars, ErrorState } from '../ui/states';

/** To the precision that somebody who waits for it needs. */
function idleFor(seconds: number): string {
  const { guests } = manageTexts;
  if (seconds < 120) return guests.seconds({ n: seconds });
  if (seconds < 7200) return guests.minutes({ n: Math.floor(seconds / 60) });
  return guests.hours({ n: Math.floor(seconds / 3600) });
}

const companyOf = (g: Guest) =>
  g.isolation === 'shared'
    ? manageTexts.guests.everybody
    : (g.company?.name ?? manageTexts.guests.spare);

interface Column {
  by: keyof typeof manageTexts.guests;
  cell: (g: Guest) => ReactNode;
  value: (g: Guest) => Value;
  number?: boolean;
}

const orUnknown = <T,>(value: T | null, text: (value: T) => string): string =>
  value === null ? manageTexts.guests.unknown : text(value);

const COLUMNS: readonly Column[] = [
  { by: 'company', cell: companyOf, value: companyOf },
  {
    by: 'version',
    cell: (g) => orUnknown(g.version, (v) => v),
    value: (g) => g.version,
    number: true,
  },
  {
    by: 'requests',
    cell: (g) => orUnknown(g.requests, figure),
    value: (g) => g.requests,
    number: true,
  },
  {
    by: 'idle',
    cell: (g) => orUnknown(g.idleSeconds, idleFor),
    value: (g) => g.idleSeconds,
    number: true,
  },
  {
    by: 'process',
    cell: (g) => manageTexts.guests.processOf({ pid: g.pid, host: g.host }),
    value: (g) => g.pid,
    number: true,
  },
  { by: 'memory', cell: (g) => fileSize(g.rssKb * 1024), value: (g) => g.rssKb, number: true },
  {
    by: 'isolation',
    cell: (g) => manageTexts.guests.isolations[g.isolation],
    value: (g) => manageTexts.guests.isolations[g.isolation],
  },
  {
    by: 'sandbox',
    cell: (g) => <code>{g.sandbox || manageTexts.guests.unknown}</code>,
    value: (g) => g.sandbox || null,
  },
];

function Table({ guests, all }: { guests: readonly Guest[]; all: boolean }) {
  const columns = all ? COLUMNS : COLUMNS.slice(1);
  const { sorting, onSort } = useSorting<Column['by']>(columns[0]!.by);
  const by = columns.find((c) => c.by === sorting.by) ?? columns[0]!;
  const head = (c: Column) => manageTexts.guests[c.by] as string;
  return (
    <>
      <SortBy
        options={columns.map((c) => ({ value: c.by, label: head(c) }))}
        sorting={sorting}
        onSort={onSort}
      />
      <table className="table guests">
        <thead>
          <tr>
            {columns.map((c) => (
              <SortHead key={c.by} by={c.by} sorting={sorting} onSort={onSort}>
                {head(c)}
              </SortHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted(guests, by.value, sorting).map((g) => (
            <tr key={g.pid}>
              {columns.map((c) => (
                <td key={c.by} data-label={head(c)} className={c.number ? 'number' : undefined}>
                  {c.cell(g)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

export function Guests({ of }: { of: { id: string } | { key: string } }) {
  const { data, error, refresh } = useGuests(of);
  const guests = data?.items ?? [];
  return (
    <section className="guests-part" aria-label={manageTexts.guests.title}>
      <div className="guests-head">
        <h2>{manageTexts.guests.title}</h2>
        <Button color="inherit" size="small" onClick={refresh}>
          {manageTexts.guests.refresh}
        </Button>
      </div>
      <p className="soft">
        {guests.some((g) => g.isolation === 'shared')
          ? manageTexts.guests.sharedText
          : manageTexts.guests.text}
      </p>
      {error ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={2} label={texts.loading} />
      ) : guests.length === 0 ? (
        <p className="soft">{manageTexts.guests.none}</p>
      ) : (
        <Table guests={guests} all={'key' in of} />
      )}
    </section>
  );
}
