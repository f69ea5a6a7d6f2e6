/** Rollouts: how far each is, what went wrong, and the means to hold or stop it. */
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { useEffect } from 'react';
import { StateChip, type PluginTone } from '../plugins/card';
import { T } from '../text';
import { M } from '../text/manage';
import { turnRollout, useRollouts } from '../market/calls';
import { useOperation } from '../market/operation';
import { OperationError } from '../market/operation-error';
import type { Rollout, RolloutState } from '../market/types';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';

const S = M.system;
const RUNNING_MS = 1000;
const TONES: Record<RolloutState, PluginTone> = {
  running: 'busy',
  paused: 'warn',
  done: 'good',
  cancelled: 'quiet',
  failed: 'bad',
};

function RolloutRow({ rollout: r }: { rollout: Rollout }) {
  const operation = useOperation();
  const turn = (to: 'pause' | 'resume' | 'cancel') =>
    void operation.run(() => turnRollout(r.id, to));
  const open = r.state === 'running' || r.state === 'paused' || r.state === 'failed';
  const share = r.total > 0 ? Math.round((100 * r.done) / r.total) : r.state === 'done' ? 100 : 0;
  const failures = r.failures ?? [];
  return (
    <li className="rollout">
      <div className="rollout-line">
        <h3>
          {r.pluginKey} <span className="number">{r.version}</span>
        </h3>
        <span className="soft number">{r.percent} %</span>
        <StateChip label={S.states[r.state] ?? r.state} tone={TONES[r.state] ?? 'quiet'} />
        <span className="spacer" />
        {open && (
          <>
            <Button
              variant="outlined"
              disabled={operation.busy}
              startIcon={<Icon name={r.state === 'running' ? 'pause' : 'play'} size={14} />}
              onClick={() => turn(r.state === 'running' ? 'pause' : 'resume')}
            >
              {r.state === 'running' ? S.pause : S.resume}
            </Button>
            <Button color="error" disabled={operation.busy} onClick={() => turn('cancel')}>
              {S.cancel}
            </Button>
          </>
        )}
      </div>
      <LinearProgress
        variant="determinate"
        value={share}
        color={r.state === 'failed' ? 'error' : 'primary'}
        aria-label={`${r.pluginKey} ${r.version}`}
      />
      <p className="soft rollout-line">
        <span className="number">{S.progress(r.done, r.total)}</span>
        <span className="spacer" />
        {r.startedBy && <span>{S.startedBy(r.startedBy)}</span>}
        <Time iso={r.startedAt} ago />
      </p>
      {failures.length > 0 && (
        <details className="fold">
          <summary>{S.failures(failures.length)}</summary>
          <ul className="faults-list">
            {failures.map((f, i) => (
              <li key={i}>
                <strong>{f.tenant}</strong> {f.error}
              </li>
            ))}
          </ul>
        </details>
      )}
      <OperationError error={operation.error} />
    </li>
  );
}

function Rollouts() {
  const { data, error, refresh } = useRollouts();
  const running = data?.items.some((r) => r.state === 'running') ?? false;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(refresh, RUNNING_MS);
    return () => clearInterval(timer);
  }, [running, refresh]);
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={4} label={T.loading} />;
  if (data.items.length === 0)
    return <Empty icon="reports" title={S.noRollouts} text={S.noRolloutsText} />;
  return (
    <ul className="rollouts">
      {data.items.map((r) => (
        <RolloutRow key={r.id} rollout={r} />
      ))}
    </ul>
  );
}

export function SystemRollouts() {
  return (
    <Page title={S.rollouts}>
      <div className="manage">
        <Rollouts />
      </div>
    </Page>
  );
}
