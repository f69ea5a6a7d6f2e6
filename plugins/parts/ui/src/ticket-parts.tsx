/** The ticket's tab: what was taken for it, and taking more. */
import { useState } from "react";
import { Autocomplete, Button, Stack, TextField } from "@mui/material";
import {
  Loading,
  Moment,
  PluginLink,
  ProblemAlert,
  useApi,
  useLive,
  useTexts,
  type SlotProps,
} from "@mortise/sdk";
import { DataTable } from "@mortise/ui";
import { plugin, type Part, type TicketMove } from "./api";
import { MoveDialog } from "./move-dialog";
import { amount } from "./quantity";
import { TEXTS } from "./texts";

const FOUND_MAX = 50;

/** The server looks for what is typed. */
function PartChoice(props: {
  value: Part | null;
  onChange: (part: Part | null) => void;
}) {
  const t = useTexts(TEXTS);
  const [typed, setTyped] = useState("");
  const q = props.value && typed === props.value.name ? "" : typed;
  const found = useApi<{ items: Part[] }>(
    plugin,
    "/parts",
    {},
    { query: { ...(q && { q }), limit: FOUND_MAX } },
  );
  return (
    <Autocomplete<Part>
      sx={{ flex: 1, minWidth: 200 }}
      size="small"
      value={props.value}
      onChange={(_, part) => props.onChange(part)}
      inputValue={typed}
      onInputChange={(_, text) => setTyped(text)}
      options={found.data?.items ?? []}
      loading={!found.data}
      filterOptions={(all) => all}
      isOptionEqualToValue={(a, b) => a.id === b.id}
      getOptionLabel={(p) => p.name}
      getOptionKey={(p) => p.id}
      renderOption={({ key, ...rest }, p) => (
        <li key={key} {...rest}>
          {p.name} · {p.sku} · {amount(p.stock, p.unit)}
        </li>
      )}
      renderInput={(params) => <TextField {...params} label={t("part")} />}
    />
  );
}

export function TicketParts({ ticketId }: SlotProps["ticket.tabs"]) {
  const t = useTexts(TEXTS);
  const [part, setPart] = useState<Part | null>(null);
  const [takes, setTakes] = useState(false);
  const moves = useApi<{ items: TicketMove[] }>(
    plugin,
    "/tickets/:ticketId/moves",
    { ticketId },
  );
  useLive(plugin, "Moved", moves.refresh);
  if (!moves.data)
    return moves.error ? (
      <ProblemAlert error={moves.error} onRetry={moves.refresh} />
    ) : (
      <Loading />
    );
  return (
    <Stack spacing={2}>
      <Stack
        direction="row"
        useFlexGap
        spacing={1}
        sx={{ alignItems: "center", flexWrap: "wrap" }}
      >
        <PartChoice value={part} onChange={setPart} />
        <Button
          variant="contained"
          disabled={!part}
          title={part ? undefined : t("choose")}
          onClick={() => setTakes(true)}
        >
          {t("takePart")}
        </Button>
      </Stack>
      <DataTable<TicketMove>
        label={t("partsOfTicket")}
        rows={moves.data.items}
        rowKey={(m) => m.id}
        columns={[
          {
            key: "name",
            label: t("part"),
            cell: (m) => (
              <PluginLink to={`/items/${m.partId}`}>{m.name}</PluginLink>
            ),
          },
          {
            key: "change",
            label: t("amount"),
            right: true,
            cell: (m) => amount(-m.change, m.unit),
          },
          { key: "movedBy", label: t("who") },
          {
            key: "movedAt",
            label: t("when"),
            cell: (m) => <Moment iso={m.movedAt} />,
          },
        ]}
        empty={{ title: t("noneTaken"), text: t("noneTakenText") }}
      />
      {takes && part && (
        <MoveDialog
          part={part}
          kind="take"
          ticketId={ticketId}
          onClose={() => {
            setTakes(false);
            setPart(null);
          }}
        />
      )}
    </Stack>
  );
}
