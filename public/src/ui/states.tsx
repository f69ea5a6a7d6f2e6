/** What a view shows when there is nothing yet, nothing at all, or an error. */
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client';
import { texts } from '../text';
import { Button } from './button';
import { Icon, type IconName } from './icons';

export function Empty(props: {
  icon: IconName;
  title: string;
  text?: string;
  children?: ReactNode;
}) {
  return (
    <div className="state">
      <span className="state-icon">
        <Icon name={props.icon} size={24} />
      </span>
      <h2>{props.title}</h2>
      {props.text && <p>{props.text}</p>}
      {props.children}
    </div>
  );
}

export function ErrorState({ error, onRetry }: { error: ApiError; onRetry?: () => void }) {
  return (
    <div className="state" role="alert">
      <span className="state-icon">
        <Icon name={error.kind === 'network' ? 'offline' : 'warning'} size={24} />
      </span>
      <h2>{error.problem.title}</h2>
      {error.message !== error.problem.title && <p>{error.message}</p>}
      {onRetry && (
        <Button variant="outlined" onClick={onRetry}>
          {texts.retry}
        </Button>
      )}
      {error.problem.requestId && (
        <p className="state-request">{texts.requestId({ id: error.problem.requestId })}</p>
      )}
    </div>
  );
}

/** An error beside the thing that failed, for forms. */
export function ErrorLine({ error }: { error: ApiError | null }) {
  return (
    <div role="alert" aria-live="assertive">
      {error && (
        <p className="error-line">
          <Icon name="warning" /> <span>{error.message}</span>
        </p>
      )}
    </div>
  );
}

/** Grey bars in the place and size of what comes, so that nothing jumps. */
export function Bars({ rows = 6, label }: { rows?: number; label: string }) {
  return (
    <div className="bars" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} className="bar" data-width={i % 4} />
      ))}
    </div>
  );
}
