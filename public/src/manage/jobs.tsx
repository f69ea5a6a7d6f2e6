/** What the plugin does without a person waiting: its jobs, and each run of them and of its event handlers. */
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { useState } from 'react';
import { ApiError } from '../api/client';
import type { Installation } from '../api/types';
import { formatDate, formatNumber, texts, translate } from '../text';
import { manageTexts } from '../text/manage';
import { problemText } from '../market/operation';
import { askJob, cancelWork, runAgain, useJobs, useWork } from '../market/calls';
import type { Job, WorkItem } from '../market/types';
import { toast } from '../toasts/store';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { nameIn } from '../ui/names';
import { Bars, Empty, ErrorLine, ErrorState } from '../ui/states';
import { Time } from '../ui/time';

const PAGE = 50;
/** The server's bound of one answer. */
const MOST = 200;
const STATES = ['', 'running', 'due', 'done', 'failed', 'cancelled'];
const ICONS = {
  due: 'clock',
  running: 'refresh',
  done: 'check',
  failed: 'warning',
  cancelled: 'close',
} as const;

/** Shows the answer where the button is, and a failure as a toast. */
function useAct() {
  const [busy, setBusy] = useState(false);
  const act = async (failed: string, run: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await run();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast({ title: failed, message: problemText(error), tone: 'error' });
    }
    setBusy(false);
  };
  return { busy, act };
}

const dateAndTime = (iso: string) =>
  formatDate(new Date(iso), { dateStyle: 'medium', timeStyle: 'short' });

function JobLine({ job, installation }: { job: Job; installation: Installation }) {
  const { jobs } = manageTexts;
  const { busy, act } = useAct();
  const ask = (what: 'run' | 'pause' | 'resume') =>
    void act(jobs.failedTo[what], () => askJob(installation.id, job.name, what));
  const to = job.pausedAt ? 'resume' : 'pause';
  return (
    <li>
      <div>
        <strong>{job.label}</strong>
        <p className="soft number">
          {job.schedule
            ? jobs.inZone({ schedule: job.schedule, zone: job.timeZone })
            : jobs.noSchedule}
        </p>
        <p className="soft">
          {[
            job.pausedAt && (job.pausedBy ? jobs.pausedBy({ name: job.pausedBy }) : jobs.paused),
            job.nextAt && jobs.next({ time: dateAndTime(job.nextAt) }),
            job.waiting > 0 && jobs.waiting({ n: job.waiting }),
            job.lastState && nameIn(jobs.last, job.lastState),
          ]
            .filter(Boolean)
            .join(' · ')}{' '}
          {job.lastAt && <Time iso={job.lastAt} ago />}
        </p>
      </div>
      <span className="spacer" />
      {job.schedule && (
        <Button
          color="inherit"
          disabled={busy}
          aria-label={jobs[`${to}Of`]({ name: job.label })}
          onClick={() => ask(to)}
        >
          {jobs[to]}
        </Button>
      )}
      <Button
        variant="outlined"
        disabled={busy || installation.state !== 'enabled'}
        aria-label={jobs.runOf({ name: job.label })}
        onClick={() => ask('run')}
      >
        {jobs.run}
      </Button>
    </li>
  );
}

function JobList({ installation }: { installation: Installation }) {
  const { data, error, refresh } = useJobs(installation.id);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={3} label={texts.loading} />;
  if (data.items.length === 0) return <p className="soft">{manageTexts.jobs.noJobs}</p>;
  return (
    <ul className="jobs">
      {data.items.map((job) => (
        <JobLine key={job.name} job={job} installation={installation} />
      ))}
    </ul>
  );
}

const took = ({ startedAt, endedAt }: WorkItem) =>
  startedAt && endedAt
    ? manageTexts.jobs.took({
        ms: formatNumber(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt))),
      })
    : null;

const reasonOf = (w: WorkItem) =>
  w.fault && translate(w.faultText, nameIn(manageTexts.jobs.faults, w.fault));

const isAgain = (w: WorkItem) =>
  w.state === 'failed' || w.state === 'cancelled' || (w.kind === 'event' && w.state === 'done');

function Run({
  item: w,
  name,
  installation,
}: {
  item: WorkItem;
  name: string;
  installation: Installation;
}) {
  const { jobs } = manageTexts;
  const { busy, act } = useAct();
  const facts = [
    nameIn(jobs.states, w.state),
    w.askedBy === 'person'
      ? jobs.askedBy.person({ name: w.askedName ?? '?' })
      : jobs.askedBy[w.askedBy],
    w.attempts > 0 && jobs.attempt({ n: w.attempts, of: w.attemptsMax }),
    w.state === 'due' && w.attempts > 0 && jobs.due({ time: dateAndTime(w.dueAt) }),
    took(w),
  ];
  return (
    <li data-outcome={w.state === 'failed' ? 'failed' : w.state}>
      <Icon name={ICONS[w.state]} size={14} />
      <div>
        <p>
          <strong>{name}</strong>{' '}
          <span className="soft number">{facts.filter(Boolean).join(' · ')}</span>
        </p>
        {w.state === 'running' && (
          <LinearProgress
            variant={w.progress === null ? 'indeterminate' : 'determinate'}
            value={w.progress ?? 0}
            aria-label={jobs.progress({ name })}
          />
        )}
        {w.progressText && <p className="soft">{w.progressText}</p>}
        {reasonOf(w) && <p className="activity-outcome">{reasonOf(w)}</p>}
        {Object.keys(w.args).length > 0 && (
          <details>
            <summary>{w.kind === 'event' ? jobs.detailsOfEvent : jobs.details}</summary>
            <pre>{JSON.stringify(w.args, null, 2)}</pre>
            {w.requestId && <p className="soft number">{jobs.request({ id: w.requestId })}</p>}
          </details>
        )}
      </div>
      <span className="spacer" />
      {w.state === 'due' && (
        <Button
          color="inherit"
          disabled={busy}
          aria-label={jobs.cancelOf({ name })}
          onClick={() => void act(jobs.failedTo.cancel, () => cancelWork(installation.id, w.id))}
        >
          {jobs.cancel}
        </Button>
      )}
      {isAgain(w) && (
        <Button
          color="inherit"
          disabled={busy || installation.state !== 'enabled'}
          aria-label={jobs.againOf({ name })}
          onClick={() => void act(jobs.failedTo.again, () => runAgain(installation.id, w.id))}
        >
          {jobs.again}
        </Button>
      )}
      <Time iso={w.endedAt ?? w.startedAt ?? w.createdAt} className="soft number" />
    </li>
  );
}

function Runs({ installation }: { installation: Installation }) {
  const { jobs } = manageTexts;
  const [state, setState] = useState('');
  const [job, setJob] = useState('');
  const [limit, setLimit] = useState(PAGE);
  const list = useJobs(installation.id).data?.items ?? [];
  const { data, error, refresh } = useWork(installation.id, {
    limit,
    ...(state && { state }),
    ...(job && { job }),
  });
  const nameOf = (w: WorkItem) =>
    (w.kind === 'job' && list.find((j) => j.name === w.name)?.label) || w.name;
  return (
    <section className="runs-part">
      <h3>{jobs.runs}</h3>
      <div className="manage-tools">
        <Choice
          label={jobs.state}
          value={state}
          active={state !== ''}
          options={STATES.map((value) => ({
            value,
            label: value === '' ? jobs.anyState : nameIn(jobs.states, value),
          }))}
          onChange={setState}
        />
        {list.length > 1 && (
          <Choice
            label={jobs.job}
            value={job}
            active={job !== ''}
            options={[
              { value: '', label: jobs.anyJob },
              ...list.map((j) => ({ value: j.name, label: j.label })),
            ]}
            onChange={setJob}
          />
        )}
      </div>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={6} label={texts.loading} />
      ) : data.items.length > 0 ? (
        <>
          <ol className="activity runs">
            {data.items.map((w) => (
              <Run key={w.id} item={w} name={nameOf(w)} installation={installation} />
            ))}
          </ol>
          {data.items.length === limit && limit < MOST && (
            <Button color="inherit" onClick={() => setLimit(Math.min(MOST, limit + PAGE))}>
              {jobs.more}
            </Button>
          )}
        </>
      ) : state || job ? (
        <Empty icon="search" title={jobs.noMatch}>
          <Button
            variant="outlined"
            onClick={() => {
              setState('');
              setJob('');
            }}
          >
            {jobs.clear}
          </Button>
        </Empty>
      ) : (
        <Empty icon="clock" title={jobs.noRuns} text={jobs.noRunsText} />
      )}
      <ErrorLine error={data ? error : null} />
    </section>
  );
}

export function JobsTab({ installation }: { installation: Installation }) {
  return (
    <>
      <section>
        <h3>{manageTexts.jobs.label}</h3>
        <JobList installation={installation} />
      </section>
      <Runs installation={installation} />
    </>
  );
}
