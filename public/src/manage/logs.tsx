/** What the plugin wrote while it worked for this company, the newest last. */
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import { useEffect, useRef, useState } from 'react';
import { T } from '../text';
import { M } from '../text/manage';
import type { LogLine } from '../market/types';
import { Bars, Empty, ErrorState } from '../ui/states';
import { exactTime } from '../ui/time';
import { useTail } from './tail';

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
/** This close to the end counts as being there: new lines scroll into view. */
const NEAR_END = 40;

const textOf = (line: LogLine): string =>
  line.method && line.path
    ? M.request(`${line.method} ${line.path}`, line.status ?? '?', line.ms ?? '?')
    : line.message;

function Line({ line }: { line: LogLine }) {
  const at = line.time ? new Date(line.time) : null;
  return (
    <li data-level={line.level ?? undefined}>
      {at && !Number.isNaN(at.getTime()) && (
        <time dateTime={line.time ?? undefined} title={exactTime(line.time ?? '')}>
          {clock.format(at)}
        </time>
      )}
      {line.level && line.level !== 'info' && <span className="log-level">{line.level}</span>}
      <span className="log-text">{textOf(line)}</span>
    </li>
  );
}

export function Logs({ installationId }: { installationId: string }) {
  const [following, setFollowing] = useState(true);
  const { lines, error, hasEarlier, earlier, retry } = useTail(installationId, following);
  const box = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  if (error) return <ErrorState error={error} onRetry={retry} />;
  return (
    <>
      <div className="manage-tools">
        {hasEarlier && lines && lines.length > 0 && (
          <Button color="inherit" onClick={earlier}>
            {M.earlier}
          </Button>
        )}
        <span className="spacer" />
        <FormControlLabel
          control={
            <Switch size="small" checked={following} onChange={(_, on) => setFollowing(on)} />
          }
          label={M.follow}
        />
      </div>
      {!lines ? (
        <Bars rows={8} label={T.loading} />
      ) : lines.length === 0 ? (
        <Empty icon="info" title={M.noLogs} text={M.noLogsText} />
      ) : (
        <ol
          ref={box}
          className="log"
          tabIndex={0}
          aria-label={M.tabs.logs}
          onScroll={({ currentTarget: c }) => {
            atEnd.current = c.scrollHeight - c.scrollTop - c.clientHeight < NEAR_END;
          }}
        >
          {lines.map((line, i) => (
            <Line key={i} line={line} />
          ))}
        </ol>
      )}
    </>
  );
}
