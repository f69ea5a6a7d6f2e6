/** The ticket's tab: start and stop one's clock, and see who has worked how long. */
import { useCallback } from "react";
import { Alert, Box, Button, Stack, Typography } from "@mui/material";
import {
  Loading,
  Moment,
  navigate,
  ProblemAlert,
  toast,
  useAction,
  useApi,
  useEvent,
  useNow,
  useTexts,
  type SlotProps,
} from "@mortise/sdk";
import { DataTable } from "@mortise/ui";
import {
  clockIn,
  clockOut,
  plugin,
  type Entry,
  type Status,
  type Summary,
} from "./api";
import { clockText, entryHours, hoursText } from "./duration";
import { TEXTS } from "./texts";

/** Others clock in and out as well: look again now and then while the tab is open. */
const LOOK_MS = 30_000;

function Elsewhere({ entry }: { entry: Entry }) {
  const t = useTexts(TEXTS);
  const path = `/tickets/${entry.ticketId}?tab=time-clock:time-clock`;
  return (
    <Alert severity="info" variant="outlined">
      {t("runningOn")}{" "}
      <a
        href={path}
        onClick={(e) => {
          e.preventDefault();
          navigate(path);
        }}
      >
        {t("onTicket", { number: String(entry.ticketNumber) })}
      </a>{" "}
      {t("since")} <Moment iso={entry.clockInTime} />
      {t("outThereFirst")}
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
  const t = useTexts(TEXTS);
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
              {t("inSince")} <Moment iso={entry.clockInTime} />
            </>
          ) : (
            t("notIn", { hours: hoursText(status.todayHours) })
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
          {t("out")}
        </Button>
      ) : (
        <Button
          variant="contained"
          size="medium"
          loading={busy}
          onClick={props.onIn}
          disabled={status.activeEntry !== null}
        >
          {t("in")}
        </Button>
      )}
    </Stack>
  );
}

function Entries({ summary, now }: { summary: Summary; now: number }) {
  const t = useTexts(TEXTS);
  // Added up from the exact times; beyond what is listed the server's rounded sum must do.
  const hours =
    summary.entries.length < 200
      ? summary.entries.reduce((sum, e) => sum + entryHours(e, now), 0)
      : summary.totalHours;
  return (
    <Box component="section" aria-label={t("entries")}>
      <Stack direction="row" sx={{ justifyContent: "space-between", mb: 1 }}>
        <Typography component="h3" variant="body1" sx={{ fontWeight: 600 }}>
          {t("total")}
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
      <DataTable<Entry>
        label={t("entriesOf")}
        rows={summary.entries}
        rowKey={(e) => e.id}
        columns={[
          {
            key: "technicianName",
            label: t("technician"),
            sorts: true,
            cell: (e) => <span data-entry={e.status}>{e.technicianName}</span>,
          },
          {
            key: "clockInTime",
            label: t("from"),
            sorts: true,
            cell: (e) => <Moment iso={e.clockInTime} />,
          },
          {
            key: "clockOutTime",
            label: t("to"),
            cell: (e) =>
              e.clockOutTime ? <Moment iso={e.clockOutTime} /> : t("running"),
          },
          {
            key: "hours",
            label: t("time"),
            sorts: true,
            right: true,
            value: (e) => entryHours(e, now),
            cell: (e) => hoursText(entryHours(e, now)),
          },
        ]}
        empty={{ title: t("none"), text: t("noneText") }}
      />
    </Box>
  );
}

export function TicketTimeClock({
  ticketId,
  technicianId,
}: SlotProps["ticket.tabs"]) {
  const t = useTexts(TEXTS);
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
            message: t("ticket", { number: String(entry.ticketNumber) }),
            icon: "⏰",
            tone: "success",
          });
        } finally {
          plugin.refresh();
        }
      },
      [technicianId, ticketId, t],
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
        onIn={() => void act.run(clockIn, t("clockedIn"))}
        onOut={() => void act.run(clockOut, t("clockedOut"))}
      />
      {activeEntry && !isClockedIn && <Elsewhere entry={activeEntry} />}
      <Entries summary={summary.data} now={now} />
    </Stack>
  );
}
