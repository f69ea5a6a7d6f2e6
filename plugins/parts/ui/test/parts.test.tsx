/** The components in a DOM, without a server: `mortise plugin test --only components`. */
import { problem, testPage } from "@mortise/sdk/testing"; // before the components
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import manifest from "../../manifest.json";
import * as components from "../src";

const BASE = "/api/plugins/parts";
const VALVE = {
  id: "p1",
  sku: "V-20",
  name: "Valve",
  unit: "pcs",
  stock: 2,
  least: 5,
  low: true,
  version: 1,
};

afterEach(cleanup);

test("the widget says what runs low", async () => {
  const page = testPage({
    manifest,
    components,
    routes: {
      [`GET ${BASE}/parts`]: () => ({ items: [VALVE], nextCursor: null }),
    },
  });
  render(
    <page.Slot
      id="dashboard.widgets"
      slotProps={{ pluginKey: "parts", size: "small" }}
    />,
  );
  await screen.findByRole("link", { name: "Valve" });
  await screen.findByText("2 of 5 pcs");
  expect(page.requests[0]?.query).toMatchObject({ low: "true" });
});

test("what isn't there can't be taken, and that is said", async () => {
  const page = testPage({
    manifest,
    components,
    routes: {
      [`GET ${BASE}/parts/:id`]: () => VALVE,
      [`GET ${BASE}/parts/:id/moves`]: () => ({ items: [], nextCursor: null }),
      [`POST ${BASE}/parts/:id/moves`]: () =>
        Promise.reject(problem(409, "Only 2 pcs are there")),
    },
  });
  render(
    <page.Slot
      id="plugin.page"
      slotProps={{
        pluginKey: "parts",
        path: "/items/p1",
        params: { id: "p1" },
        onTitle: () => {},
      }}
    />,
  );
  await userEvent.click(await screen.findByRole("button", { name: "Take" }));
  const quantity = await screen.findByLabelText(/Quantity/);
  await userEvent.clear(quantity);
  await userEvent.type(quantity, "3");
  await userEvent.click(
    screen.getAllByRole("button", { name: "Take" }).at(-1)!,
  );
  await screen.findByText(/Only 2 pcs are there/);
  expect(page.requests.find((r) => r.method === "POST")?.body).toMatchObject({
    kind: "take",
    quantity: 3,
  });
});
