/** The components in a DOM, without a server: `mortise plugin test --only components`. */
import { testPage } from "@mortise/sdk/testing"; // before the components
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import manifest from "../../manifest.json";
import * as components from "../src";

const BASE = "/api/plugins/mlflow";
const FRAUD = {
  id: "m1",
  name: "fraud",
  description: "",
  version: "3",
  stage: "Production",
  status: "READY",
  runId: null,
  source: null,
  createdAt: null,
  updatedAt: null,
};

afterEach(cleanup);

const routes = (status: object) => ({
  [`GET ${BASE}/status`]: () => status,
  [`GET ${BASE}/models`]: () => ({ items: [FRAUD], nextCursor: null }),
  [`POST ${BASE}/sync`]: () => ({ queued: true }),
});

test("the tab shows the models, why the last synchronisation failed, and starts one", async () => {
  const page = testPage({
    manifest,
    components,
    routes: routes({
      server: "https://mlflow.example.com",
      models: 1,
      syncs: [
        {
          id: "s1",
          at: "2026-01-01T00:00:00Z",
          models: null,
          removed: null,
          ms: 12,
          fault: "No answer",
        },
      ],
    }),
  });
  render(<page.Slot id="page.models.tabs" slotProps={{}} />);
  await screen.findByText(/No answer/);
  await screen.findByText("fraud");
  await userEvent.click(screen.getByRole("button", { name: "Synchronise" }));
  expect(page.requests.filter((r) => r.method === "POST")).toHaveLength(1);
});

test("without a server it says where one is set", async () => {
  const page = testPage({
    manifest,
    components,
    routes: routes({ server: null, models: 0, syncs: [] }),
  });
  render(<page.Slot id="page.models.tabs" slotProps={{}} />);
  await screen.findByText("No tracking server yet");
});
