/** The error of an operation, in words, beside the button that began it. */
import type { ApiError } from '../api/client';
import { texts } from '../text';
import { Icon } from '../ui/icons';
import { problemText } from './operation';

export function OperationError({ error }: { error: ApiError | null }) {
  return (
    <div role="alert" aria-live="assertive">
      {error && (
        <div className="note" data-tone="bad">
          <Icon name="warning" />
          <p>
            {problemText(error)}
            {error.problem.requestId && (
              <span className="state-request">
                {' '}
                {texts.requestId({ id: error.problem.requestId })}
              </span>
            )}
          </p>
        </div>
      )}
    </div>
  );
}
