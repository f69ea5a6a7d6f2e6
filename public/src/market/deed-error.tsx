/** What went wrong with a deed, in words, beside the button that began it. */
import type { ApiError } from '../api/client';
import { T } from '../text';
import { Icon } from '../ui/icons';
import { problemText } from './deed';

export function DeedError({ error }: { error: ApiError | null }) {
  return (
    <div role="alert" aria-live="assertive">
      {error && (
        <div className="note" data-tone="bad">
          <Icon name="warning" />
          <p>
            {problemText(error)}
            {error.problem.requestId && (
              <span className="state-request"> {T.requestId(error.problem.requestId)}</span>
            )}
          </p>
        </div>
      )}
    </div>
  );
}
