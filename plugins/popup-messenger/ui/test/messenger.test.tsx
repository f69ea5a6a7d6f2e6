/** The components in a DOM, without a server: `mortise plugin test --only components`. */
import { testPage } from "@mortise/sdk/testing"; // before the components
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import manifest from "../../manifest.json";
import * as components from "../src";

const BASE = "/api/plugins/popup-messenger";
const BOB = {
  id: "c1",
  userId: "bob",
  name: "Bob",
  active: true,
  last: "Hello",
  lastIsMine: false,
  lastAt: "2026-01-01T00:00:00Z",
  unread: 2,
};

afterEach(cleanup);

test("the widget shows who has written", async () => {
  const page = testPage({
    manifest,
    components,
    routes: { [`GET ${BASE}/conversations`]: () => ({ items: [BOB] }) },
  });
  render(
    <page.Slot
      id="dashboard.widgets"
      slotProps={{ pluginKey: "popup-messenger", size: "small" }}
    />,
  );
  await screen.findByRole("link", { name: "Bob" });
  await screen.findByText("Hello");
});

test("a conversation is read as soon as it is looked at, and Enter sends", async () => {
  const page = testPage({
    manifest,
    components,
    routes: {
      [`GET ${BASE}/conversations`]: () => ({ items: [BOB] }),
      [`GET ${BASE}/conversations/:userId`]: () => ({
        id: "c1",
        userId: "bob",
        name: "Bob",
        active: true,
        readAt: null,
      }),
      [`GET ${BASE}/conversations/:userId/messages`]: () => ({
        items: [
          {
            id: "m1",
            mine: false,
            body: "Hello",
            sentAt: "2026-01-01T00:00:00Z",
          },
        ],
        nextCursor: null,
      }),
      [`POST ${BASE}/conversations/:userId/read`]: () => null,
      [`POST ${BASE}/send-message`]: () => ({ id: "m2" }),
    },
  });
  render(
    <page.Slot
      id="plugin.page"
      slotProps={{
        pluginKey: "popup-messenger",
        path: "/with/bob",
        params: { userId: "bob" },
        onTitle: () => {},
      }}
    />,
  );
  await userEvent.type(await screen.findByLabelText("Message"), "Hi!{Enter}");
  const posts = page.requests.filter((r) => r.method === "POST");
  expect(posts.map((r) => r.path)).toEqual([
    `${BASE}/conversations/bob/read`,
    `${BASE}/send-message`,
  ]);
  expect(posts[1]!.body).toEqual({ toUserId: "bob", message: "Hi!" });
});
