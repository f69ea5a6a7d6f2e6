/** All models, when they were synchronised, and doing it now. */
import { useState } from "react";
import {
  Alert,
  Box,
  Button,
  Stack,
  TextField,
  Typography,
} from "@mui/material";
import {
  formatNumber,
  Loading,
  Moment,
  ProblemAlert,
  toast,
  useAction,
  useApi,
  useLive,
  useMay,
  usePluginPath,
  useTexts,
} from "@mortise/sdk";
import { DataTable, EmptyState } from "@mortise/ui";
import { plugin, SYNC, type Model, type Status, type Sync } from "./api";
import { TEXTS } from "./texts";

function useStatus() {
  const status = useApi<Status>(plugin, "/status");
  useLive(plugin, "Synced", plugin.refresh);
  return status;
}

function Last({ sync }: { sync: Sync | undefined }) {
  const t = useTexts(TEXTS);
  return (
    <Typography variant="body2" color="text.secondary" component="p">
      {sync ? (
        <>
          {t("last")} <Moment iso={sync.at} />
        </>
      ) : (
        t("never")
      )}
    </Typography>
  );
}

function Models({ status }: { status: Status }) {
  const t = useTexts(TEXTS);
  const { go } = usePluginPath();
  const maySync = useMay(SYNC);
  const [q, setQ] = useState("");
  const sync = useAction(async () => {
    await plugin.post("/sync");
    toast({ title: t("queued"), tone: "info" });
  });
  const [last] = status.syncs;
  return (
    <Stack spacing={2}>
      <Stack
        direction="row"
        useFlexGap
        spacing={2}
        sx={{ alignItems: "center", flexWrap: "wrap" }}
      >
        <TextField
          type="search"
          size="small"
          fullWidth={false}
          label={t("search")}
          value={q}
          onChange={(e) => setQ(e.target.value)}
        />
        <Box sx={{ flex: 1 }} />
        <Last sync={status.syncs.find((s) => !s.fault)} />
        {maySync && (
          <Button
            variant="contained"
            loading={sync.busy}
            onClick={() => void sync.run()}
          >
            {t("sync")}
          </Button>
        )}
      </Stack>
      {last?.fault && (
        <Alert severity="warning" variant="outlined">
          {t("failed")}: {last.fault}
        </Alert>
      )}
      <DataTable<Model>
        label={t("models")}
        rowKey={(m) => m.id}
        rowName={(m) => m.name}
        sortBy="name"
        onOpen={(m) => go(`/models/${m.id}`)}
        source={{
          url: plugin.url("/models"),
          query: q ? { q } : {},
          refreshOn: "mlflow.Synced",
        }}
        columns={[
          { key: "name", label: t("name"), sorts: true },
          { key: "version", label: t("version"), right: true },
          { key: "stage", label: t("stage") },
          { key: "status", label: t("status") },
          {
            key: "updatedAt",
            label: t("updated"),
            sorts: true,
            cell: (m) => (m.updatedAt ? <Moment iso={m.updatedAt} /> : ""),
          },
        ]}
        empty={
          q
            ? { title: t("noneFound"), text: t("noneFoundText") }
            : { title: t("none"), text: t("noneText") }
        }
      />
    </Stack>
  );
}

function Syncs({ syncs }: { syncs: Sync[] }) {
  const t = useTexts(TEXTS);
  return (
    <Box component="section" aria-label={t("syncs")}>
      <Typography component="h2" variant="h6" sx={{ mb: 1 }}>
        {t("syncs")}
      </Typography>
      <DataTable<Sync>
        label={t("syncs")}
        rows={syncs}
        rowKey={(s) => s.id}
        columns={[
          { key: "at", label: t("when"), cell: (s) => <Moment iso={s.at} /> },
          {
            key: "fault",
            label: t("result"),
            cell: (s) => s.fault ?? t("good"),
          },
          { key: "models", label: t("found"), right: true },
          { key: "removed", label: t("removed"), right: true },
          {
            key: "ms",
            label: t("took"),
            right: true,
            cell: (s) => `${formatNumber(s.ms)} ms`,
          },
        ]}
      />
    </Box>
  );
}

function Whole({ withSyncs }: { withSyncs: boolean }) {
  const t = useTexts(TEXTS);
  const { data, error, refresh } = useStatus();
  if (!data)
    return error ? (
      <ProblemAlert error={error} onRetry={refresh} />
    ) : (
      <Loading />
    );
  if (!data.server && data.models === 0)
    return <EmptyState title={t("noServer")} text={t("noServerText")} />;
  return (
    <Stack spacing={4}>
      <Models status={data} />
      {withSyncs && data.syncs.length > 0 && <Syncs syncs={data.syncs} />}
    </Stack>
  );
}

export const ModelsPage = () => <Whole withSyncs />;

export const MLFlowTab = () => <Whole withSyncs={false} />;
