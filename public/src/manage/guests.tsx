/** Which processes run the plugin's code now, and whom each serves. */
import Button from '@mui/material/Button';
import { figure } from '../reports/report';
import { T } from '../text';
import { fileSize } from '../text/plugins';
import { M } from '../text/manage';
import { useGuests } from '../market/calls';
import type { Guest } from '../market/types';
import { Bars, ErrorState } from '../ui/states';

const G = M.guests;

const companyOf = (g: Guest) =>
  g.isolation === 'shared' ? G.everybody : (g.company?.name ?? G.spare);

function Row({ guest: g, all }: { guest: Guest; all: boolean }) {
  return (
    <tr>
      {all && <td data-label={G.company}>{companyOf(g)}</td>}
      <td data-label={G.version} className="number">
        {g.version ?? G.unknown}
      </td>
      <td data-label={G.requests} className="number">
        {g.requests === null ? G.unknown : figure(g.requests)}
      </td>
      <td data-label={G.idle} className="number">
        {g.idleSeconds === null ? G.unknown : G.seconds(g.idleSeconds)}
      </td>
      <td data-label={G.process} className="number">
        {G.processOf(g.pid, g.host)}
      </td>
      <td data-label={G.memory} className="number">
        {fileSize(g.rssKb * 1024)}
      </td>
      <td data-label={G.isolation}>{G.isolations[g.isolation]}</td>
      <td data-label={G.sandbox}>
        <code>{g.sandbox || G.unknown}</code>
      </td>
    </tr>
  );
}

function Table({ guests, all }: { guests: readonly Guest[]; all: boolean }) {
  const heads = [G.version, G.requests, G.idle, G.process, G.memory, G.isolation, G.sandbox];
  return (
    <table className="table guests">
      <thead>
        <tr>
          {(all ? [G.company, ...heads] : heads).map((h) => (
            <th scope="col" key={h}>
              {h}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {guests.map((g) => (
          <Row key={g.pid} guest={g} all={all} />
        ))}
      </tbody>
    </table>
  );
}

export function Guests({ of }: { of: { id: string } | { key: string } }) {
  const { data, error, refresh } = useGuests(of);
  const guests = data?.items ?? [];
  return (
    <section className="guests-part" aria-label={G.title}>
      <div className="guests-head">
        <h2>{G.title}</h2>
        <Button color="inherit" size="small" onClick={refresh}>
          {G.refresh}
        </Button>
      </div>
      <p className="soft">{guests.some((g) => g.isolation === 'shared') ? G.sharedText : G.text}</p>
      {error ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={2} label={T.loading} />
      ) : guests.length === 0 ? (
        <p className="soft">{G.none}</p>
      ) : (
        <Table guests={guests} all={'key' in of} />
      )}
    </section>
  );
}
