/** A part that is added or changed. */
import { FormDialog, TextInput, useServerForm } from "@mortise/ui";
import { useTexts } from "@mortise/sdk";
import { plugin, type Part } from "./api";
import { asNumber } from "./quantity";
import { TEXTS } from "./texts";

export function PartDialog({
  part,
  onClose,
}: {
  part?: Part;
  onClose: () => void;
}) {
  const t = useTexts(TEXTS);
  const form = useServerForm({
    start: {
      sku: part?.sku ?? "",
      name: part?.name ?? "",
      unit: part?.unit ?? "pcs",
      least: String(part?.least ?? 0),
      stock: "0",
    },
    rules: {
      sku: { type: "string", required: true, min: 1, max: 40 },
      name: { type: "string", required: true, min: 1, max: 120 },
      unit: { type: "string", required: true, min: 1, max: 20 },
      least: { type: "decimal", min: 0 },
      stock: { type: "decimal", min: 0 },
    },
    body: ({ sku, name, unit, least, stock }) => ({
      sku,
      name,
      unit,
      least: asNumber(least),
      ...(!part && { stock: asNumber(stock) }),
    }),
    send: (body) =>
      part
        ? plugin.patch(
            "/parts/:id",
            body,
            { id: part.id },
            { headers: { "If-Match": `"${part.version}"` } },
          )
        : plugin.post("/parts", body),
    onDone: () => {
      plugin.refresh();
      onClose();
    },
  });
  return (
    <FormDialog
      title={part ? part.name : t("add")}
      submit={t("save")}
      of={form}
      onClose={onClose}
    >
      <TextInput of={form} name="sku" label={t("sku")} autoFocus />
      <TextInput of={form} name="name" label={t("name")} />
      <TextInput of={form} name="unit" label={t("unit")} />
      <TextInput
        of={form}
        name="least"
        label={t("least")}
        inputMode="decimal"
      />
      {!part && (
        <TextInput
          of={form}
          name="stock"
          label={t("stock")}
          inputMode="decimal"
        />
      )}
    </FormDialog>
  );
}
