/** The places of the app where the plugin appears, and what it names that nothing serves. */
import { manageTexts } from '../text/manage';
import { addressOf } from '../plugins/own-nav';
import { nameIn } from '../ui/names';
import { sorted, SortHead, useSorting } from '../ui/sort';
import { declared, type Subject } from './data';

interface Place {
  where: string;
  what: string;
  permission: string | null;
}

function Places({ places }: { places: readonly Place[] }) {
  const { sorting, onSort } = useSorting<'where' | 'what'>('where');
  return (
    <table className="table holders">
      <thead>
        <tr>
          <SortHead by="where" sorting={sorting} onSort={onSort}>
            {manageTexts.place}
          </SortHead>
          <SortHead by="what" sorting={sorting} onSort={onSort}>
            {manageTexts.shows}
          </SortHead>
        </tr>
      </thead>
      <tbody>
        {sorted(places, (p) => p[sorting.by], sorting).map((p, i) => (
          <tr key={i}>
            <td>{p.where}</td>
            <td>
              {p.what}{' '}
              {p.permission && (
                <span className="soft">
                  {manageTexts.needs} <code>{p.permission}</code>
                </span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function DeclaredTab({ subject }: { subject: Subject }) {
  const d = declared(subject);
  const places: Place[] = [
    ...d.tabs.map((t) => ({
      where: manageTexts.ticketTab,
      what: t.label,
      permission: t.permission,
    })),
    ...d.reports.map((r) => ({
      where: manageTexts.report,
      what: r.title,
      permission: r.permission,
    })),
    ...d.pages.map((p) => ({
      where: manageTexts.page({ path: addressOf(subject.key, p.path) }),
      what: p.title,
      permission: p.permission,
    })),
    ...d.widgets.map((w) => ({
      where: manageTexts.widget,
      what: w.title,
      permission: w.permission,
    })),
    ...d.slots.map((s) => ({
      where: nameIn(manageTexts.slots, s.slotId),
      what: s.componentName,
      permission: s.permission,
    })),
  ];
  return (
    <>
      <section>
        <h2>{manageTexts.places}</h2>
        {places.length === 0 ? (
          <p className="soft">{manageTexts.noPlaces}</p>
        ) : (
          <Places places={places} />
        )}
      </section>
      {d.unserved.length > 0 && (
        <section>
          <h2>{manageTexts.unserved}</h2>
          <p className="soft">{manageTexts.unservedText}</p>
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
