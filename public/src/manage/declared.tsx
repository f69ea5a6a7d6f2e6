/** What the manifest declares: jobs, events, and the places of the app where the plugin appears. */
import { M } from '../text/manage';
import { declared, type Subject } from './data';

function Types({ names }: { names: readonly string[] }) {
  if (names.length === 0) return <span className="soft">{M.nothing}</span>;
  return (
    <span className="symbols">
      {names.map((n) => (
        <code key={n}>{n}</code>
      ))}
    </span>
  );
}

export function DeclaredTab({ subject }: { subject: Subject }) {
  const d = declared(subject);
  const places = [
    ...d.tabs.map((t) => ({ where: M.ticketTab, what: t.label, permission: t.permission })),
    ...d.reports.map((r) => ({ where: M.report, what: r.title, permission: r.permission })),
    ...d.slots.map((s) => ({ where: s.slotId, what: s.componentName, permission: s.permission })),
  ];
  return (
    <>
      <section>
        <h2>{M.jobs}</h2>
        {d.jobs.length === 0 ? (
          <p className="soft">{M.noJobs}</p>
        ) : (
          <table className="table holders">
            <tbody>
              {d.jobs.map((j) => (
                <tr key={j.name}>
                  <td>
                    <strong>{j.name}</strong>
                    {j.description && <p className="soft">{j.description}</p>}
                  </td>
                  <td>
                    <code>{j.schedule}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <section>
        <h2>{M.events}</h2>
        <dl className="facts">
          <div>
            <dt>{M.subscribes}</dt>
            <dd>
              <Types names={d.subscribes} />
            </dd>
          </div>
          <div>
            <dt>{M.emits}</dt>
            <dd>
              <Types names={d.emits} />
            </dd>
          </div>
        </dl>
      </section>
      <section>
        <h2>{M.places}</h2>
        {places.length === 0 ? (
          <p className="soft">{M.noPlaces}</p>
        ) : (
          <table className="table holders">
            <tbody>
              {places.map((p, i) => (
                <tr key={i}>
                  <td>{p.where}</td>
                  <td>
                    {p.what}{' '}
                    {p.permission && (
                      <span className="soft">
                        {M.needs} <code>{p.permission}</code>
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  );
}
