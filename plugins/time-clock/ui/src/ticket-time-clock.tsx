/** The ticket's tab: start and stop one's clock, and see who has worked how long. */
import { useEffect, useState } from "react";
import {
  Alert,
  Box,
  Button,
  Skeleton,
  Stack,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  Typography,
} from "@mui/material";
import {
  ApiError,
  invalidate,
  navigate,
  toast,
  useEvents,
  useQuery,
} from "@mortise/sdk";
import {
  clockIn,
  clockOut,
  getStatus,
  getSummary,
  type Entry,
  type Status,
  type Summary,
} from "./api";
import { clockText, entryHours, hoursText } from "./duration";

interface Props {
  ticketId: string;
  technicianId: string;
}

/** Others clock in and out as well: look again now and then while the tab is open. */
const LOOK_MS = 30_000;

const timeFormat = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
});
const dayFormat = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
});
const exactFormat = new Intl.DateTimeFormat(undefined, {
  dateStyle: "full",
  timeStyle: "medium",
});

function Moment({ iso }: { iso: string }) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return (
    <time dateTime={iso} title={exactFormat.format(at)}>
      {today
        ? timeFormat.format(at)
        : `${dayFormat.format(at)}, ${timeFormat.format(at)}`}
    </time>
  );
}

/** The present moment, each second while a clock runs. */
function useNow(running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

function Loading() {
  return (
    <Stack spacing={2} role="status" aria-label="Loading">
      <Skeleton variant="rounded" height={64} />
      <Skeleton variant="rounded" height={24} width="40%" />
      <Skeleton variant="rounded" height={120} />
    </Stack>
  );
}

function Problem({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
  return (
    <Alert
      severity="error"
      variant="outlined"
      action={
        <Button color="inherit" size="small" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      {error.message}
    </Alert>
  );
}

function Elsewhere({ entry }: { entry: Entry }) {
  const path = `/tickets/${entry.ticketId}?tab=time-clock:time-clock`;
  return (
    <Alert severity="info" variant="outlined">
      Your clock is running on{" "}
      <a
        href={path}
        onClick={(e) => {
          e.preventDefault();
          navigate(path);
        }}
      >
        ticket #{entry.ticketNumber}
      </a>{" "}
      since <Moment iso={entry.clockInTime} />. Clock out there first.
    </Alert>
  );
}

function Clock(props: {
  status: Status;
  now: number;
  busy: boolean;
  onIn: () => void;
  onOut: () => void;
}) {
  const { status, now, busy } = props;
  const entry = status.isClockedIn ? status.activeEntry : null;
  return (
    <Stack
      direction="row"
      spacing={2}
      sx={{ alignItems: "center", justifyContent: "space-between" }}
    >
      <Box>
        <Typography
          component="p"
          role="timer"
          sx={{
            fontSize: 28,
            lineHeight: "40px",
            fontWeight: 600,
            fontVariantNumeric: "tabular-nums",
          }}
        >
          {entry ? clockText(now - Date.parse(entry.clockInTime)) : "0:00:00"}
        </Typography>
        <Typography variant="body2" color="text.secondary" component="p">
          {entry ? (
            <>
              Clocked in since <Moment iso={entry.clockInTime} />
            </>
          ) : (
            `Not clocked in · ${hoursText(status.todayHours)} today`
          )}
        </Typography>
      </Box>
      {entry ? (
        <Button
          variant="outlined"
          size="medium"
          loading={busy}
          onClick={props.onOut}
        >
          Clock out
        </Button>
      ) : (
        <Button
          variant="contained"
          size="medium"
          loading={busy}
          onClick={props.onIn}
          disabled={status.activeEntry !== null}
        >
          Clock in
        </Button>
      )}
    </Stack>
  );
}

function Entries({ summary, now }: { summary: Summary; now: number }) {
  // Added up from the exact times; beyond what is listed the server's rounded sum must do.
  const hours =
    summary.entries.length < 200
      ? summary.entries.reduce((sum, e) => sum + entryHours(e, now), 0)
      : summary.totalHours;
  const cell = { px: 0, pr: 1, fontVariantNumeric: "tabular-nums" } as const;
  return (
    <Box component="section" aria-label="Entries">
      <Stack direction="row" sx={{ justifyContent: "space-between", mb: 1 }}>
        <Typography component="h3" variant="body1" sx={{ fontWeight: 600 }}>
          Total
        </Typography>
        <Typography
          component="p"
          variant="body1"
          data-testid="total-hours"
          sx={{ fontWeight: 600, fontVariantNumeric: "tabular-nums" }}
        >
          {hoursText(hours)}
        </Typography>
      </Stack>
      {summary.entries.length === 0 ? (
        <Typography variant="body2" color="text.secondary">
          Nobody has worked on this ticket yet. Clock in when you begin.
        </Typography>
      ) : (
        <Table size="small" aria-label="Time entries of this ticket">
          <TableHead>
            <TableRow>
              <TableCell sx={cell}>Technician</TableCell>
              <TableCell sx={cell}>In</TableCell>
              <TableCell sx={cell}>Out</TableCell>
              <TableCell sx={{ ...cell, pr: 0 }} align="right">
                Time
              </TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {summary.entries.map((e) => (
              <TableRow key={e.id} data-entry={e.status}>
                <TableCell sx={cell}>{e.technicianName}</TableCell>
                <TableCell sx={cell}>
                  <Moment iso={e.clockInTime} />
                </TableCell>
                <TableCell sx={cell}>
                  {e.clockOutTime ? <Moment iso={e.clockOutTime} /> : "running"}
                </TableCell>
                <TableCell sx={{ ...cell, pr: 0 }} align="right">
                  {hoursText(entryHours(e, now))}
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </Box>
  );
}

export function TicketTimeClock({ ticketId, technicianId }: Props) {
  const prefix = `time-clock/${ticketId}`;
  const status = useQuery<Status>(
    `${prefix}/status/${technicianId}`,
    (signal) => getStatus(technicianId, ticketId, signal),
  );
  const summary = useQuery<Summary>(`${prefix}/summary`, (signal) =>
    getSummary(ticketId, signal),
  );
  const [busy, setBusy] = useState(false);
  const running =
    (summary.data?.activeCount ?? 0) > 0 || Boolean(status.data?.isClockedIn);
  const now = useNow(running);

  const look = () => invalidate("time-clock/");
  useEffect(() => {
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  // Who is clocked by a dispatcher gets a notification: show it here too.
  useEvents(
    "Notification",
    (event) => event.data.pluginKey === "time-clock" && look(),
  );

  const act = async (action: typeof clockIn, done: string) => {
    setBusy(true);
    try {
      const entry = await action(technicianId, ticketId);
      toast({
        title: done,
        message: `Ticket #${entry.ticketNumber}`,
        icon: "⏰",
        tone: "success",
      });
    } catch (error) {
      const message = error instanceof ApiError ? error.message : String(error);
      toast({ title: "That did not work", message, tone: "error" });
    }
    look();
    setBusy(false);
  };

  const error = status.data ? summary.error : (status.error ?? summary.error);
  if (error && !(status.data && summary.data))
    return <Problem error={error} onRetry={look} />;
  if (!status.data || !summary.data) return <Loading />;
  const { activeEntry, isClockedIn } = status.data;
  return (
    <Stack spacing={3} className="time-clock">
      <Clock
        status={status.data}
        now={now}
        busy={busy}
        onIn={() => void act(clockIn, "Clocked in")}
        onOut={() => void act(clockOut, "Clocked out")}
      />
      {activeEntry && !isClockedIn && <Elsewhere entry={activeEntry} />}
      <Entries summary={summary.data} now={now} />
    </Stack>
  );
}
