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
import { invalidateSoon } from '../api/query';
import { INSTALLATIONS } from '../plugins/slots';
import { translate } from '../text';
import { pluginTexts } from '../text/plugins';
import { nameIn } from '../ui/names';
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

export function StepsProvider(props: {
  children: ReactNode;
  /** The queries that an operation changes, by the prefix of their keys. */
  changes?: string;
}) {
  const { children, changes = INSTALLATIONS } = props;
  const [waiting, setWaiting] = useState(0);
  const { data } = useStepList((now) => (waiting > 0 || now?.items.length ? BUSY_MS : IDLE_MS));
  const steps = data?.items ?? NONE;
  // One that has gone from the list has changed something.
  const before = useRef(0);
  useEffect(() => {
    if (steps.length < before.current) invalidateSoon(changes);
    before.current = steps.length;
  }, [steps.length, changes]);
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
  if (!step) return pluginTexts.starting;
  const op = nameIn(pluginTexts.ops, step.op);
  if (!step.label) return op;
  return pluginTexts.stepText({
    op,
    label: translate({ key: step.label, values: [] }, step.label),
  });
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
      {asked ? pluginTexts.cancelling : pluginTexts.cancelStep}
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
          {step && step.of > 0 && pluginTexts.stepOf({ n: Math.max(1, step.step), of: step.of })}
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
