/** The ticket's tab: start and stop one's clock, and see who has worked how long. */
import { useCallback } from "react";
import {
  Alert,
  Box,
  Button,
  Stack,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  Typography,
} from "@mui/material";
import {
  Empty,
  Loading,
  Moment,
  navigate,
  ProblemAlert,
  toast,
  useAction,
  useApi,
  useEvent,
  useNow,
  type SlotProps,
} from "@mortise/sdk";
import {
  clockIn,
  clockOut,
  plugin,
  type Entry,
  type Status,
  type Summary,
} from "./api";
import { clockText, entryHours, hoursText } from "./duration";

/** Others clock in and out as well: look again now and then while the tab is open. */
const LOOK_MS = 30_000;

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
        <Empty>
          Nobody has worked on this ticket yet. Clock in when you begin.
        </Empty>
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

export function TicketTimeClock({
  ticketId,
  technicianId,
}: SlotProps["ticket.tabs"]) {
  const status = useApi<Status>(
    plugin,
    "/status/:technicianId",
    { technicianId },
    { query: { ticketId }, every: LOOK_MS },
  );
  const summary = useApi<Summary>(
    plugin,
    "/ticket-summary/:ticketId",
    { ticketId },
    { every: LOOK_MS },
  );
  const running =
    (summary.data?.activeCount ?? 0) > 0 || Boolean(status.data?.isClockedIn);
  const now = useNow(running);

  // Who is clocked by a dispatcher gets a notification: show it here too.
  useEvent<{ pluginKey?: string }>("Notification", (data) => {
    if (data.pluginKey === plugin.key) plugin.refresh();
  });

  const act = useAction(
    useCallback(
      async (action: typeof clockIn, done: string) => {
        try {
          const entry = await action(technicianId, ticketId);
          toast({
            title: done,
            message: `Ticket #${entry.ticketNumber}`,
            icon: "⏰",
            tone: "success",
          });
        } finally {
          plugin.refresh();
        }
      },
      [technicianId, ticketId],
    ),
  );

  const error = status.data ? summary.error : (status.error ?? summary.error);
  if (error && !(status.data && summary.data))
    return <ProblemAlert error={error} onRetry={plugin.refresh} />;
  if (!status.data || !summary.data) return <Loading />;
  const { activeEntry, isClockedIn } = status.data;
  return (
    <Stack spacing={3} className="time-clock">
      <Clock
        status={status.data}
        now={now}
        busy={act.busy}
        onIn={() => void act.run(clockIn, "Clocked in")}
        onOut={() => void act.run(clockOut, "Clocked out")}
      />
      {activeEntry && !isClockedIn && <Elsewhere entry={activeEntry} />}
      <Entries summary={summary.data} now={now} />
    </Stack>
  );
}
