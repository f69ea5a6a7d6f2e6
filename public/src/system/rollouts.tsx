/** Rollouts: how far each is, what went wrong, and the means to hold or stop it. */
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { StateChip, type PluginTone } from '../plugins/card';
import { texts, translate } from '../text';
import { pluginTexts } from '../text/plugins';
import { systemTexts } from '../text/system';
import { setRolloutState, useRollouts } from '../market/calls';
import { useOperation } from '../market/operation';
import { OperationError } from '../market/operation-error';
import type { Rollout, RolloutState } from '../market/types';
import { formatShare } from '../ui/amounts';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';

const TONES: Record<RolloutState, PluginTone> = {
  running: 'busy',
  paused: 'warn',
  done: 'good',
  cancelled: 'quiet',
  failed: 'bad',
};

function RolloutRow({ rollout: r }: { rollout: Rollout }) {
  const operation = useOperation();
  const advance = (to: 'pause' | 'resume' | 'cancel') =>
    void operation.run(() => setRolloutState(r.id, to));
  const open = r.state === 'running' || r.state === 'paused' || r.state === 'failed';
  const share = r.total > 0 ? Math.round((100 * r.done) / r.total) : r.state === 'done' ? 100 : 0;
  const failures = r.failures ?? [];
  return (
    <li className="rollout">
      <div className="rollout-line">
        <h3>
          {r.pluginKey} <span className="number">{r.version}</span>
        </h3>
        <span className="soft number">{formatShare(r.percent / 100)}</span>
        <StateChip label={systemTexts.states[r.state]} tone={TONES[r.state] ?? 'quiet'} />
        <span className="spacer" />
        {open && (
          <>
            <Button
              variant="outlined"
              disabled={operation.busy}
              startIcon={<Icon name={r.state === 'running' ? 'pause' : 'play'} size={14} />}
              onClick={() => advance(r.state === 'running' ? 'pause' : 'resume')}
            >
              {r.state === 'running' ? systemTexts.pause : systemTexts.resume}
            </Button>
            <Button color="error" disabled={operation.busy} onClick={() => advance('cancel')}>
              {systemTexts.cancel}
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
        <span className="number">{systemTexts.progress({ done: r.done, total: r.total })}</span>
        <span className="spacer" />
        {r.startedBy && <span>{pluginTexts.by({ author: r.startedBy })}</span>}
        <Time iso={r.startedAt} ago />
      </p>
      {failures.length > 0 && (
        <details className="fold">
          <summary>{systemTexts.failures({ n: failures.length })}</summary>
          <ul className="faults-list">
            {failures.map((f, i) => (
              <li key={i}>
                <strong>{f.tenant}</strong> {translate(f.errorText, f.error)}
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
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={4} label={texts.loading} />;
  if (data.items.length === 0)
    return (
      <Empty icon="reports" title={systemTexts.noRollouts} text={systemTexts.noRolloutsText} />
    );
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
    <Page title={systemTexts.rollouts}>
      <div className="manage">
        <Rollouts />
      </div>
    </Page>
  );
}
