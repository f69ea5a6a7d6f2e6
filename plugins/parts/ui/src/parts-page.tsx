/** All parts: found, added, taken to a file. */
import { useState } from "react";
import {
  Box,
  Button,
  Checkbox,
  Chip,
  FormControlLabel,
  Stack,
  TextField,
} from "@mui/material";
import { useAction, useMay, usePluginPath, useTexts } from "@mortise/sdk";
import { DataTable } from "@mortise/ui";
import { MANAGE, plugin, type Part } from "./api";
import { PartDialog } from "./part-dialog";
import { amount } from "./quantity";
import { TEXTS } from "./texts";

export function PartsPage() {
  const t = useTexts(TEXTS);
  const { query, go } = usePluginPath();
  const asked = new URLSearchParams(query);
  const q = asked.get("q") ?? "";
  const low = asked.get("low") === "1";
  const manages = useMay(MANAGE);
  const [adds, setAdds] = useState(false);
  const csv = useAction(() =>
    plugin.download("/parts/export", {}, "parts.csv"),
  );
  const search = (next: { q?: string; low?: boolean }) => {
    const to = new URLSearchParams();
    if (next.q ?? q) to.set("q", next.q ?? q);
    if (next.low ?? low) to.set("low", "1");
    go(`/?${to}`, { replace: true });
  };
  const add = manages && (
    <Button variant="contained" onClick={() => setAdds(true)}>
      {t("add")}
    </Button>
  );
  return (
    <Stack spacing={2}>
      <Stack
        direction="row"
        useFlexGap
        spacing={1}
        sx={{ alignItems: "center", flexWrap: "wrap" }}
      >
        <TextField
          type="search"
          size="small"
          fullWidth={false}
          label={t("search")}
          value={q}
          onChange={(e) => search({ q: e.target.value })}
        />
        <FormControlLabel
          label={t("lowOnly")}
          control={
            <Checkbox
              size="small"
              checked={low}
              onChange={(_, on) => search({ low: on })}
            />
          }
        />
        <Box sx={{ flex: 1 }} />
        <Button loading={csv.busy} onClick={() => void csv.run()}>
          {t("csv")}
        </Button>
        {add}
      </Stack>
      <DataTable<Part>
        label={t("parts")}
        rowKey={(p) => p.id}
        rowName={(p) => p.name}
        sortBy="name"
        onOpen={(p) => go(`/items/${p.id}`)}
        source={{
          url: plugin.url("/parts"),
          query: { ...(q && { q }), ...(low && { low: "true" }) },
          refreshOn: "parts.Moved",
        }}
        columns={[
          { key: "name", label: t("name"), sorts: true },
          { key: "sku", label: t("sku"), sorts: true },
          {
            key: "stock",
            label: t("stock"),
            sorts: true,
            right: true,
            cell: (p) => (
              <>
                {p.low && (
                  <Chip
                    size="small"
                    color="warning"
                    variant="outlined"
                    label={t("low")}
                    sx={{ mr: 1 }}
                  />
                )}
                {amount(p.stock, p.unit)}
              </>
            ),
          },
          {
            key: "least",
            label: t("least"),
            right: true,
            cell: (p) => amount(p.least, p.unit),
          },
        ]}
        empty={
          q || low
            ? { title: t("noneFound"), text: t("noneFoundText") }
            : { title: t("none"), text: t("noneText"), action: add }
        }
      />
      {adds && <PartDialog onClose={() => setAdds(false)} />}
    </Stack>
  );
}
