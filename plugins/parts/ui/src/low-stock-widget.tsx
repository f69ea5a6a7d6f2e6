/** On the dashboard: what runs low. */
import { Box, Stack, Typography } from "@mui/material";
import {
  Loading,
  PluginLink,
  ProblemAlert,
  useApi,
  useLive,
  useTexts,
} from "@mortise/sdk";
import { plugin, type Part } from "./api";
import { amount } from "./quantity";
import { TEXTS } from "./texts";

const ROWS = 6;

export function LowStockWidget() {
  const t = useTexts(TEXTS);
  const parts = useApi<{ items: Part[]; nextCursor: string | null }>(
    plugin,
    "/parts",
    {},
    { query: { low: "true", limit: ROWS } },
  );
  useLive(plugin, "Moved", parts.refresh);
  if (!parts.data)
    return parts.error ? (
      <ProblemAlert error={parts.error} onRetry={parts.refresh} />
    ) : (
      <Loading rows={3} />
    );
  const { items, nextCursor } = parts.data;
  if (items.length === 0)
    return <Typography color="text.secondary">{t("noneLow")}</Typography>;
  return (
    <>
      <Box component="ul" sx={{ m: 0, p: 0, listStyle: "none" }}>
        {items.map((p) => (
          <Stack
            key={p.id}
            component="li"
            direction="row"
            sx={{ justifyContent: "space-between", gap: 1, py: 0.75 }}
          >
            <PluginLink to={`/items/${p.id}`}>{p.name}</PluginLink>
            <Typography
              component="span"
              variant="body2"
              sx={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}
            >
              {t("of", {
                stock: String(p.stock),
                least: amount(p.least, p.unit),
              })}
            </Typography>
          </Stack>
        ))}
      </Box>
      {nextCursor && <PluginLink to="/?low=1">{t("all")}</PluginLink>}
    </>
  );
}
