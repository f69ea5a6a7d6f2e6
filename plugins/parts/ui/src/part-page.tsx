/** One part: its stock, what changes it, and what changed it so far. */
import { useEffect, useState } from "react";
import { Box, Button, Stack, Typography } from "@mui/material";
import {
  Loading,
  Moment,
  navigate,
  ProblemAlert,
  useApi,
  useLive,
  useMay,
  usePluginPath,
  useTexts,
  type PropsOf,
} from "@mortise/sdk";
import { ConfirmDialog, DataTable } from "@mortise/ui";
import { MANAGE, plugin, type Kind, type Move, type Part } from "./api";
import { MoveDialog } from "./move-dialog";
import { PartDialog } from "./part-dialog";
import { amount, signed } from "./quantity";
import { TEXTS } from "./texts";

const KINDS = { take: "taken", add: "added", count: "countedAs" } as const;

export function TicketLink({ id, number }: { id: string; number: number }) {
  const path = `/tickets/${id}?tab=parts:parts`;
  return (
    <a
      href={path}
      onClick={(e) => {
        e.preventDefault();
        navigate(path);
      }}
    >
      #{number}
    </a>
  );
}

function History({ part }: { part: Part }) {
  const t = useTexts(TEXTS);
  return (
    <Box component="section" aria-label={t("history")}>
      <Typography component="h2" variant="h6" sx={{ mb: 1 }}>
        {t("history")}
      </Typography>
      <DataTable<Move>
        label={t("history")}
        rowKey={(m) => m.id}
        source={{
          url: plugin.url("/parts/:id/moves", { id: part.id }),
          refreshOn: "parts.Moved",
        }}
        columns={[
          {
            key: "movedAt",
            label: t("when"),
            cell: (m) => <Moment iso={m.movedAt} />,
          },
          { key: "movedBy", label: t("who") },
          { key: "kind", label: t("what"), cell: (m) => t(KINDS[m.kind]) },
          {
            key: "change",
            label: t("change"),
            right: true,
            cell: (m) => signed(m.change),
          },
          {
            key: "stock",
            label: t("after"),
            right: true,
            cell: (m) => amount(m.stock, part.unit),
          },
          {
            key: "ticketNumber",
            label: t("forTicket"),
            cell: (m) =>
              m.ticketId && m.ticketNumber ? (
                <TicketLink id={m.ticketId} number={m.ticketNumber} />
              ) : (
                ""
              ),
          },
          { key: "note", label: t("note") },
        ]}
        empty={{ title: t("noMoves") }}
      />
    </Box>
  );
}

type Open = Kind | "edit" | "delete" | null;

export function PartPage({ params, onTitle }: PropsOf<"plugin.page", "page">) {
  const t = useTexts(TEXTS);
  const { go } = usePluginPath();
  const manages = useMay(MANAGE);
  const [open, setOpen] = useState<Open>(null);
  const id = params.id ?? "";
  const {
    data: part,
    error,
    refresh,
  } = useApi<Part>(plugin, "/parts/:id", {
    id,
  });
  const name = part?.name ?? null;
  useEffect(() => onTitle(name), [onTitle, name]);
  useLive<{ partId: string }>(
    plugin,
    "Moved",
    (data) => data.partId === id && refresh(),
  );
  if (!part)
    return error ? (
      <ProblemAlert error={error} onRetry={refresh} />
    ) : (
      <Loading />
    );
  const close = () => setOpen(null);
  return (
    <Stack spacing={3}>
      <Stack
        direction="row"
        useFlexGap
        spacing={1}
        sx={{ alignItems: "center", flexWrap: "wrap" }}
      >
        <Box sx={{ flex: 1, minWidth: 160 }}>
          <Typography
            component="p"
            variant="h5"
            data-testid="stock"
            color={part.low ? "warning.main" : undefined}
          >
            {amount(part.stock, part.unit)}
          </Typography>
          <Typography component="p" variant="body2" color="text.secondary">
            {part.sku} ·{" "}
            {t("atLeast", { least: amount(part.least, part.unit) })}
          </Typography>
        </Box>
        <Button variant="contained" onClick={() => setOpen("take")}>
          {t("take")}
        </Button>
        {manages && (
          <>
            <Button variant="outlined" onClick={() => setOpen("add")}>
              {t("addStock")}
            </Button>
            <Button variant="outlined" onClick={() => setOpen("count")}>
              {t("count")}
            </Button>
            <Button onClick={() => setOpen("edit")}>{t("edit")}</Button>
            <Button color="error" onClick={() => setOpen("delete")}>
              {t("delete")}
            </Button>
          </>
        )}
      </Stack>
      <History part={part} />
      {open === "edit" && <PartDialog part={part} onClose={close} />}
      {open === "delete" && (
        <ConfirmDialog
          danger
          title={t("deleteTitle", { name: part.name })}
          text={t("deleteText")}
          confirm={t("delete")}
          run={async () => {
            await plugin.del("/parts/:id", { id: part.id });
            go("/", { replace: true });
          }}
          onClose={close}
        />
      )}
      {open && open !== "edit" && open !== "delete" && (
        <MoveDialog part={part} kind={open} onClose={close} />
      )}
    </Stack>
  );
}
