/** How fast the plugin's components are on people's screens, and which are too slow. */
import { formatNumber } from '../text';
import { manageTexts } from '../text/manage';
import type { ShownComponent } from '../market/types';
import { Icon } from '../ui/icons';
import { figure } from '../ui/quantity';

/** What a component may take of the screen's time on average, and until it first shows: scripts/bench front holds them, too. */
const RENDER_MS = 100;
const FIRST_MS = 800;

const ms = (n: number) =>
  formatNumber(n, { style: 'unit', unit: 'millisecond', maximumFractionDigits: n < 10 ? 1 : 0 });

function Time({ average, most, bound }: { average: number; most: number; bound: number }) {
  const t = manageTexts.shown;
  const slow = average > bound;
  return (
    <span
      className={slow ? 'shown-slow' : undefined}
      title={slow ? t.slow({ time: ms(bound) }) : undefined}
    >
      {slow && <Icon name="warning" size={14} />}
      <span>{t.average({ time: ms(average), most: ms(most) })}</span>
      {slow && <span className="visually-hidden">{t.slow({ time: ms(bound) })}</span>}
    </span>
  );
}

export function Shown({ components }: { components: readonly ShownComponent[] }) {
  const t = manageTexts.shown;
  return (
    <section aria-label={t.title}>
      <h2>{t.title}</h2>
      <p className="soft">{components.length ? t.text : t.none}</p>
      {components.length > 0 && (
        <table className="table guests">
          <thead>
            <tr>
              <th scope="col">{t.component}</th>
              <th scope="col">{t.shows}</th>
              <th scope="col">{t.first}</th>
              <th scope="col">{t.render}</th>
            </tr>
          </thead>
          <tbody>
            {components.map((c) => (
              <tr key={c.component}>
                <td data-label={t.component}>
                  <code>{c.component}</code>
                </td>
                <td data-label={t.shows} className="number">
                  {figure(c.shows)}
                </td>
                <td data-label={t.first} className="number">
                  {c.firsts > 0 ? (
                    <Time average={c.firstMsAvg} most={c.firstMsMax} bound={FIRST_MS} />
                  ) : (
                    '–'
                  )}
                </td>
                <td data-label={t.render} className="number">
                  <Time average={c.renderMsAvg} most={c.renderMsMax} bound={RENDER_MS} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
