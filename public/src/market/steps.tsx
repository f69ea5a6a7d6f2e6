/**
 * Operations of the lifecycle that are under way, of all people: polled often while there are any, and
 * now and then while there are none. A page that was closed finds its operation again.
 */
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { ApiError } from '../api/client';
import { invalidate } from '../api/query';
import { P } from '../text/plugins';
import { toast } from '../toasts/store';
import { cancelStep, useStepList } from './calls';
import type { Step } from './types';

const BUSY_MS = 600;
const IDLE_MS = 6000;

interface Steps {
  steps: readonly Step[];
  /** Something was begun: ask often until the function that comes back is called. */
  hurry: () => () => void;
}

const NONE: readonly Step[] = [];
const Context = createContext<Steps>({ steps: NONE, hurry: () => () => {} });

export function StepsProvider({ children }: { children: ReactNode }) {
  const { data, refresh } = useStepList();
  const [waiting, setWaiting] = useState(0);
  const steps = data?.items ?? NONE;
  const often = waiting > 0 || steps.length > 0;
  useEffect(() => {
    const timer = setInterval(
      () => {
        if (document.visibilityState === 'visible') refresh();
      },
      often ? BUSY_MS : IDLE_MS,
    );
    return () => clearInterval(timer);
  }, [often, refresh]);
  // One that has gone from the list has changed something.
  const before = useRef(0);
  useEffect(() => {
    if (steps.length < before.current) invalidate('plugins/');
    before.current = steps.length;
  }, [steps.length]);
  const hurry = useCallback(() => {
    setWaiting((n) => n + 1);
    let over = false;
    return () => {
      if (!over) setWaiting((n) => n - 1);
      over = true;
    };
  }, []);
  const value = useMemo(() => ({ steps, hurry }), [steps, hurry]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useStep(pluginKey: string): Step | null {
  return useContext(Context).steps.find((s) => s.pluginKey === pluginKey) ?? null;
}

/** Asks often for as long as `busy`. */
export function useHurry(busy: boolean): void {
  const { hurry } = useContext(Context);
  useEffect(() => (busy ? hurry() : undefined), [busy, hurry]);
}

const shareOf = (step: Step | null) =>
  step && step.of > 0 ? Math.min(100, (100 * Math.max(0, step.step - 0.5)) / step.of) : null;

export const stepText = (step: Step | null): string => {
  if (!step) return P.starting;
  const op = P.ops[step.op] ?? step.op;
  return step.label ? `${op}: ${step.label}` : op;
};

function CancelButton({ step }: { step: Step }) {
  const [asked, setAsked] = useState(false);
  const cancel = async () => {
    setAsked(true);
    try {
      await cancelStep(step.id);
    } catch (error) {
      setAsked(false);
      if (error instanceof ApiError) toast({ title: error.message, tone: 'warning' });
    }
  };
  return (
    <Button color="inherit" disabled={asked} onClick={() => void cancel()}>
      {asked ? P.cancelling : P.cancelStep}
    </Button>
  );
}

/** How an operation goes: which step of how many, in words and as a bar. */
export function StepProgress({ step, label }: { step: Step | null; label: string }) {
  const share = shareOf(step);
  return (
    <div className="step-progress">
      <div className="step-line">
        <span role="status" aria-live="polite">
          {stepText(step)}
        </span>
        <span className="spacer" />
        <span className="soft number">
          {step && step.of > 0 && P.stepOf(Math.max(1, step.step), step.of)}
        </span>
        {step?.cancellable && <CancelButton step={step} />}
      </div>
      <LinearProgress
        variant={share === null ? 'indeterminate' : 'determinate'}
        value={share ?? 0}
        aria-label={label}
      />
    </div>
  );
}
