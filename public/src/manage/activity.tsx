/** What happened to the plugin here: who did what, and how it ended. */
import type { Installation } from '../api/types';
import { texts, translate } from '../text';
import { pluginTexts } from '../text/plugins';
import { manageTexts } from '../text/manage';
import { useActivity } from '../market/calls';
import { Icon } from '../ui/icons';
import { nameIn } from '../ui/names';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';

const versionsOf = (from: string | null, to: string | null) =>
  from && to && from !== to ? pluginTexts.fromTo({ from, to }) : (to ?? from ?? '');

export function ActivityTab({ plugin }: { plugin: Installation }) {
  const stamp = `${plugin.version} ${plugin.state} ${plugin.quarantined}`;
  const { data, error, refresh } = useActivity(plugin.id, stamp);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={6} label={texts.loading} />;
  if (data.items.length === 0)
    return <Empty icon="clock" title={manageTexts.noActivity} text={manageTexts.noActivityText} />;
  return (
    <ol className="activity">
      {data.items.map((a) => (
        <li key={a.id} data-outcome={a.outcome}>
          <Icon name={a.outcome === 'ok' ? 'check' : 'warning'} size={14} />
          <div>
            <p>
              <strong>{nameIn(manageTexts.did, a.op)}</strong>{' '}
              <span className="number">{versionsOf(a.fromVersion, a.version)}</span>
              {a.outcome !== 'ok' && (
                <span className="activity-outcome"> {nameIn(manageTexts.outcomes, a.outcome)}</span>
              )}
            </p>
            {a.detail && <p className="soft">{translate(a.detailText, a.detail)}</p>}
          </div>
          <span className="spacer" />
          <span className="soft">{a.userName ?? manageTexts.bySystem}</span>
          <Time iso={a.at} className="soft number" />
        </li>
      ))}
    </ol>
  );
}
