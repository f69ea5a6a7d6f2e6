/** One model, with its versions as the server has them now. */
import { useEffect } from "react";
import { Box, Stack, Typography } from "@mui/material";
import {
  Loading,
  Moment,
  ProblemAlert,
  useApi,
  useTexts,
  type PropsOf,
} from "@mortise/sdk";
import { DataTable } from "@mortise/ui";
import { plugin, type Model, type Version } from "./api";
import { TEXTS } from "./texts";

function Versions({ id }: { id: string }) {
  const t = useTexts(TEXTS);
  const { data, error, refresh } = useApi<{ items: Version[] }>(
    plugin,
    "/models/:id/versions",
    { id },
  );
  return (
    <Box component="section" aria-label={t("versions")}>
      <Typography component="h2" variant="h6" sx={{ mb: 1 }}>
        {t("versions")}
      </Typography>
      <DataTable<Version>
        label={t("versions")}
        rows={data?.items}
        error={error}
        onRetry={refresh}
        rowKey={(v) => v.version ?? ""}
        sortBy="version"
        down
        columns={[
          {
            key: "version",
            label: t("version"),
            sorts: true,
            value: (v) => Number(v.version),
            cell: (v) => v.version,
          },
          { key: "stage", label: t("stage"), sorts: true },
          { key: "status", label: t("status"), sorts: true },
          { key: "runId", label: t("run") },
          { key: "source", label: t("source") },
          {
            key: "createdAt",
            label: t("created"),
            sorts: true,
            cell: (v) => (v.createdAt ? <Moment iso={v.createdAt} /> : ""),
          },
        ]}
        empty={{ title: t("noVersions") }}
      />
    </Box>
  );
}

export function ModelPage({ params, onTitle }: PropsOf<"plugin.page", "page">) {
  const id = params.id ?? "";
  const { data, error, refresh } = useApi<Model>(plugin, "/models/:id", { id });
  const name = data?.name ?? null;
  useEffect(() => onTitle(name), [onTitle, name]);
  if (!data)
    return error ? (
      <ProblemAlert error={error} onRetry={refresh} />
    ) : (
      <Loading />
    );
  return (
    <Stack spacing={3}>
      {data.description && (
        <Typography sx={{ whiteSpace: "pre-wrap" }}>
          {data.description}
        </Typography>
      )}
      <Versions id={id} />
    </Stack>
  );
}
