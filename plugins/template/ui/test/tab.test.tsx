/** The tab in a DOM, without a server: `mortise plugin test --only components`. */
import { problem, testPage } from "@mortise/sdk/testing"; // before the components
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import manifest from "../../manifest.json";
import * as components from "../src";

const NOTES = "/api/plugins/my-plugin/notes/:ticketId";
const place = {
  id: "ticket.tabs",
  slotProps: { ticketId: "t1", technicianId: "p1" },
} as const;

afterEach(cleanup);

test("a note that is added is shown", async () => {
  const notes: object[] = [];
  const page = testPage({
    manifest,
    components,
    routes: {
      [`GET ${NOTES}`]: () => ({ items: [...notes] }),
      [`POST ${NOTES}`]: ({ body }: { body: { text: string } }) => {
        notes.push({
          id: "n1",
          text: body.text,
          author: "Ann",
          createdAt: "2026-01-01T00:00:00Z",
        });
        return { id: "n1" };
      },
    },
  });
  render(<page.Slot {...place} />);
  await screen.findByText(/Nobody has noted anything/);
  await userEvent.type(screen.getByLabelText("A note"), "Ring twice");
  await userEvent.click(screen.getByRole("button", { name: "Add" }));
  await screen.findByText("Ring twice");
  expect(page.requests.map((r) => r.method)).toEqual(["GET", "POST", "GET"]);
});

test("what the server refuses is said", async () => {
  const page = testPage({
    manifest,
    components,
    routes: {
      [`GET ${NOTES}`]: () =>
        Promise.reject(problem(503, "The van is out of reach")),
    },
  });
  render(<page.Slot {...place} />);
  await screen.findByText("The van is out of reach");
});
