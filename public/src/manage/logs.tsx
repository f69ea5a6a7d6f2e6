/** What the plugin wrote while it worked for this company, the newest last. */
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import { useEffect, useRef, useState } from 'react';
import { formatDate, texts } from '../text';
import { manageTexts } from '../text/manage';
import type { LogLine } from '../market/types';
import { Choice } from '../ui/choice';
import { nameIn } from '../ui/names';
import { SearchField } from '../ui/search';
import { Bars, Empty, ErrorLine, ErrorState } from '../ui/states';
import { exactTime } from '../ui/time';
import { useTail, type LogFilter } from './tail';

/** This close to the end counts as being there: new lines scroll into view. */
const NEAR_END = 40;

const EVERYTHING: LogFilter = { level: '', text: '', hours: 0 };
/** "debug" is every line, as no level is. */
const LEVELS = ['', 'info', 'warn', 'error'];
const HOURS = [0, 1, 24];

const textOf = (line: LogLine): string =>
  line.method && line.path
    ? manageTexts.logs.request({
        what: `${line.method} ${line.path}`,
        status: line.status ?? '?',
        ms: line.ms ?? '?',
      })
    : line.message;

/** Why it failed and where: words for the plugin's author, a line each. */
const causeOf = ({ how, route, detail, error, trace }: LogLine): string =>
  [how, route, detail, error, trace].filter(Boolean).join('\n');

function Line({ line }: { line: LogLine }) {
  const at = line.time ? new Date(line.time) : null;
  return (
    <li data-level={line.level ?? undefined}>
      {at && !Number.isNaN(at.getTime()) && (
        <time dateTime={line.time ?? undefined} title={exactTime(line.time ?? '')}>
          {formatDate(at, { dateStyle: 'short', timeStyle: 'medium' })}
        </time>
      )}
      {line.level && line.level !== 'info' && (
        <span className="log-level">{nameIn(manageTexts.logs.levelNames, line.level)}</span>
      )}
      <span className="log-text">
        {textOf(line)}
        {causeOf(line) && <span className="log-cause">{causeOf(line)}</span>}
      </span>
    </li>
  );
}

function Filters(props: { filter: LogFilter; onChange: (filter: LogFilter) => void }) {
  const { filter, onChange } = props;
  const { logs } = manageTexts;
  const periods = [logs.always, logs.lastHour, logs.lastDay];
  return (
    <>
      <SearchField
        label={logs.search}
        value={filter.text}
        maxLength={200}
        onChange={(text) => onChange({ ...filter, text })}
      />
      <Choice
        label={logs.level}
        value={filter.level}
        active={filter.level !== ''}
        options={LEVELS.map((level) => ({
          value: level,
          label: level === '' ? logs.anyLevel : nameIn(logs.levels, level),
        }))}
        onChange={(level) => onChange({ ...filter, level })}
      />
      <Choice
        label={logs.period}
        value={String(filter.hours)}
        active={filter.hours > 0}
        options={HOURS.map((hours, i) => ({ value: String(hours), label: periods[i]! }))}
        onChange={(hours) => onChange({ ...filter, hours: Number(hours) })}
      />
    </>
  );
}

function Lines({ lines }: { lines: readonly LogLine[] }) {
  const box = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <ol
      ref={box}
      className="log"
      tabIndex={0}
      aria-label={manageTexts.tabs.logs}
      onScroll={({ currentTarget: c }) => {
        atEnd.current = c.scrollHeight - c.scrollTop - c.clientHeight < NEAR_END;
      }}
    >
      {lines.map((line, i) => (
        <Line key={i} line={line} />
      ))}
    </ol>
  );
}

export function Logs({ installationId }: { installationId: string }) {
  const [following, setFollowing] = useState(true);
  const [filter, setFilter] = useState(EVERYTHING);
  const { lines, error, hasEarlier, earlier, retry } = useTail(installationId, filter, following);
  const { logs } = manageTexts;
  const filtered = filter.level !== '' || filter.text !== '' || filter.hours > 0;
  return (
    <>
      <div className="manage-tools">
        <Filters filter={filter} onChange={setFilter} />
        <span className="spacer" />
        <FormControlLabel
          control={
            <Switch size="small" checked={following} onChange={(_, on) => setFollowing(on)} />
          }
          label={logs.follow}
        />
      </div>
      {hasEarlier && (
        <Button color="inherit" size="small" onClick={() => void earlier()}>
          {logs.earlier}
        </Button>
      )}
      {error && !lines ? (
        <ErrorState error={error} onRetry={retry} />
      ) : !lines ? (
        <Bars rows={8} label={texts.loading} />
      ) : lines.length > 0 ? (
        <Lines lines={lines} />
      ) : filtered ? (
        <Empty icon="search" title={logs.noMatch} text={logs.noMatchText}>
          <Button variant="outlined" onClick={() => setFilter(EVERYTHING)}>
            {logs.clear}
          </Button>
        </Empty>
      ) : (
        <Empty icon="info" title={logs.none} text={logs.noneText} />
      )}
      <ErrorLine error={lines ? error : null} />
    </>
  );
}
