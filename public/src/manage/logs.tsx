/** What the plugin wrote while it worked for this company, the newest last. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { T } from '../text';
import { M } from '../text/manage';
import { useLogs } from '../market/calls';
import type { LogLine } from '../market/types';
import { Icon } from '../ui/icons';
import { Bars, Empty, ErrorState } from '../ui/states';
import { exactTime } from '../ui/time';

const FIRST = 100;
const MOST = 1000;
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

function Line({ line }: { line: LogLine }) {
  const at = line.at ? new Date(line.at) : null;
  return (
    <li data-level={line.level ?? undefined}>
      {at && !Number.isNaN(at.getTime()) && (
        <time dateTime={line.at ?? undefined} title={exactTime(line.at ?? '')}>
          {clock.format(at)}
        </time>
      )}
      {line.level && <span className="log-level">{line.level}</span>}
      <span className="log-text">{line.text}</span>
    </li>
  );
}

export function Logs({ installationId }: { installationId: string }) {
  const [limit, setLimit] = useState(FIRST);
  const { data, error, loading, refresh } = useLogs(installationId, limit);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  const lines = data?.items ?? [];
  return (
    <>
      <div className="manage-tools">
        {lines.length >= limit && limit < MOST && (
          <Button color="inherit" onClick={() => setLimit(MOST)}>
            {M.more}
          </Button>
        )}
        <span className="spacer" />
        <Button
          variant="outlined"
          disabled={loading}
          startIcon={<Icon name="refresh" size={14} />}
          onClick={refresh}
        >
          {M.refresh}
        </Button>
      </div>
      {!data ? (
        <Bars rows={8} label={T.loading} />
      ) : lines.length === 0 ? (
        <Empty icon="info" title={M.noLogs} text={M.noLogsText} />
      ) : (
        <ol className="log" tabIndex={0} aria-label={M.tabs.logs}>
          {lines.map((line, i) => (
            <Line key={i} line={line} />
          ))}
        </ol>
      )}
    </>
  );
}
