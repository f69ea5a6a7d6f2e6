/** The plugin's calls to other servers for this company: where to, how they ended, what they cost. */
import { texts } from '../text';
import { manageTexts } from '../text/manage';
import { useFetches } from '../market/calls';
import type { FetchLine } from '../market/types';
import { fileSize } from '../ui/amounts';
import { Icon } from '../ui/icons';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';

function Line({ call }: { call: FetchLine }) {
  const { fetches } = manageTexts;
  return (
    <li data-outcome={call.error ? 'failed' : 'ok'}>
      <Icon name={call.error ? 'warning' : 'check'} size={14} />
      <div>
        <p>
          <strong>{call.method}</strong> {call.host}
          {call.path}
        </p>
        <p className="soft number">
          {fetches.cost({
            status: call.status ?? fetches.noAnswer,
            sent: fileSize(call.bytesSent),
            got: fileSize(call.bytes),
            ms: call.ms,
          })}
        </p>
        {call.error && <p className="activity-outcome">{call.error}</p>}
      </div>
      <span className="spacer" />
      <Time iso={call.at} className="soft number" />
    </li>
  );
}

export function FetchesTab({ installationId }: { installationId: string }) {
  const { data, error, refresh } = useFetches(installationId);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={6} label={texts.loading} />;
  if (data.items.length === 0)
    return (
      <Empty icon="link" title={manageTexts.fetches.none} text={manageTexts.fetches.noneText} />
    );
  return (
    <ol className="activity">
      {data.items.map((call) => (
        <Line key={call.id} call={call} />
      ))}
    </ol>
  );
}
