/** Small things that every plugin's component needs, so that they look alike. */
import { Alert, Button, Skeleton, Stack, Typography } from '@mui/material';
import type { ReactElement, ReactNode } from 'react';
import { dayAt, formatDate, uiTexts } from './host';
import { messageOf } from './plugin-api';

/** While the first answer is on its way: bars in place of what will stand there. */
export function Loading({
  rows = 3,
  label = uiTexts().loading,
}: {
  rows?: number;
  label?: string;
}) {
  return (
    <Stack spacing={2} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} variant="rounded" height={i === 0 ? 64 : 24} />
      ))}
    </Stack>
  );
}

/** What went wrong, in the server's words, and a way to try again. */
export function ProblemAlert(props: { error: unknown; onRetry?: () => void }): ReactElement {
  const { error, onRetry } = props;
  return (
    <Alert
      severity="error"
      variant="outlined"
      action={
        onRetry && (
          <Button color="inherit" size="small" onClick={onRetry}>
            {uiTexts().retry}
          </Button>
        )
      }
    >
      {messageOf(error)}
    </Alert>
  );
}

/** An empty place says what belongs there. */
export function Empty({ children }: { children: ReactNode }): ReactElement {
  return (
    <Typography variant="body2" color="text.secondary">
      {children}
    </Typography>
  );
}

const TIME = { hour: '2-digit', minute: '2-digit' } as const;
const DAY_AND_TIME = { day: 'numeric', month: 'short', ...TIME } as const;

/** A moment as people say it: the time when it was today, else day and time; exact on hover. */
export function Moment({ iso }: { iso: string }): ReactElement {
  const at = new Date(iso);
  const today = dayAt(at) === dayAt(new Date());
  return (
    <time dateTime={iso} title={formatDate(at, { dateStyle: 'full', timeStyle: 'long' })}>
      {formatDate(at, today ? TIME : DAY_AND_TIME)}
    </time>
  );
}
