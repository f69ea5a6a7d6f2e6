/** The corner where toasts stand for some seconds, or until they are dismissed; the clock stops under the pointer, with focus inside, and
 * while the page is hidden. */
import { useEffect, useRef, useState } from 'react';
import { texts } from '../text';
import { Button, IconButton } from '../ui/button';
import { Icon, type IconName } from '../ui/icons';
import { follow, targetOf } from './follow';
import { dismissToast, useToasts, type Toast, type ToastTone } from './store';
import './toasts.css';

const STAY_MS = { normal: 5000, 'until-dismissed': null } as const;

const ICONS: Record<ToastTone, IconName> = {
  info: 'info',
  success: 'check',
  warning: 'warning',
  error: 'warning',
};

function useHidden(): boolean {
  const [hidden, setHidden] = useState(document.visibilityState === 'hidden');
  useEffect(() => {
    const look = () => setHidden(document.visibilityState === 'hidden');
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return hidden;
}

function ToastItem({ item, paused }: { item: Toast; paused: boolean }) {
  const left = useRef<number | null>(STAY_MS[item.stay ?? 'normal']);
  useEffect(() => {
    const rest = left.current;
    if (paused || rest === null) return;
    const from = performance.now();
    const timer = setTimeout(() => dismissToast(item.id), rest);
    return () => {
      clearTimeout(timer);
      left.current = Math.max(1000, rest - (performance.now() - from));
    };
  }, [paused, item.id]);

  const target = targetOf(item.url);
  const body = (
    <>
      <strong>{item.title}</strong>
      {item.message && <span>{item.message}</span>}
    </>
  );
  return (
    <li className="toast" data-tone={item.tone}>
      <span className="toast-icon" aria-hidden="true">
        {item.icon ? item.icon : <Icon name={item.symbol ?? ICONS[item.tone]} />}
      </span>
      {target ? (
        <a
          className="toast-body"
          href={target.kind === 'page' ? target.path : target.href}
          onClick={(e) => {
            e.preventDefault();
            follow(item.url);
            dismissToast(item.id);
          }}
        >
          {body}
          {target.kind === 'site' && (
            <span className="toast-site">
              {new URL(target.href).host} <Icon name="external" size={12} />
            </span>
          )}
        </a>
      ) : (
        <div className="toast-body">{body}</div>
      )}
      {item.action && (
        <Button
          onClick={() => {
            dismissToast(item.id);
            item.action?.run();
          }}
        >
          {item.action.label}
        </Button>
      )}
      <IconButton aria-label={texts.dismiss} onClick={() => dismissToast(item.id)}>
        <Icon name="close" size={14} />
      </IconButton>
    </li>
  );
}

export function Toasts() {
  const toasts = useToasts();
  const hidden = useHidden();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (toasts.length === 0) setHeld(false);
  }, [toasts.length]);
  return (
    <section
      className="toasts"
      aria-label={texts.toasts.region}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <div role="log" aria-live="polite" aria-relevant="additions">
        <ol>
          {toasts.map((t) => (
            <ToastItem key={t.id} item={t} paused={held || hidden} />
          ))}
        </ol>
      </div>
    </section>
  );
}
