/** Taking, adding or counting one part. */
import { FormDialog, TextInput, TicketInput, useServerForm } from "@mortise/ui";
import { useTexts } from "@mortise/sdk";
import { plugin, type Kind, type Move } from "./api";
import { amount, asNumber } from "./quantity";
import { TEXTS } from "./texts";

export interface Movable {
  id: string;
  name: string;
  unit: string;
  stock: number;
}

const TITLES = {
  take: "takeTitle",
  add: "addTitle",
  count: "countTitle",
} as const;
const SUBMITS = { take: "take", add: "addStock", count: "count" } as const;

export function MoveDialog(props: {
  part: Movable;
  kind: Kind;
  /** For this ticket; else the person may choose one. */
  ticketId?: string;
  onClose: () => void;
}) {
  const t = useTexts(TEXTS);
  const { part, kind } = props;
  const form = useServerForm({
    start: {
      quantity: kind === "count" ? String(part.stock) : "1",
      ticketId: props.ticketId ?? "",
      note: "",
    },
    rules: {
      quantity: { type: "decimal", required: true, min: 0 },
      note: { type: "string", max: 200 },
    },
    body: ({ quantity, ticketId, note }) => ({
      kind,
      quantity: asNumber(quantity),
      ticketId: ticketId || null,
      note: note || null,
    }),
    send: (body) =>
      plugin.post<Move>("/parts/:id/moves", body, { id: part.id }),
    onDone: () => {
      plugin.refresh();
      props.onClose();
    },
  });
  return (
    <FormDialog
      title={t(TITLES[kind], { name: part.name })}
      submit={t(SUBMITS[kind])}
      of={form}
      onClose={props.onClose}
    >
      <TextInput
        of={form}
        name="quantity"
        label={t(kind === "count" ? "counted" : "quantity", {
          unit: part.unit,
        })}
        inputMode="decimal"
        helperText={t("inStock", { stock: amount(part.stock, part.unit) })}
        autoFocus
      />
      {kind === "take" && !props.ticketId && (
        <TicketInput of={form} name="ticketId" label={t("ticket")} />
      )}
      <TextInput of={form} name="note" label={t("note")} />
    </FormDialog>
  );
}
