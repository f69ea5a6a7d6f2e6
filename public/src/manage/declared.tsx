/** The places of the app where the plugin appears, and what it names that nothing serves. */
import { M } from '../text/manage';
import { declared, type Subject } from './data';

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
      {d.unserved.length > 0 && (
        <section>
          <h2>{M.unserved}</h2>
          <p className="soft">{M.unservedText}</p>
          <p className="symbols">
            {d.unserved.map((name) => (
              <code key={name}>{name}</code>
            ))}
          </p>
        </section>
      )}
    </>
  );
}
