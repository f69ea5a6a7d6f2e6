// In Chromium, in a demo that has the plugin (`mortise plugin dev`): `mortise plugin test --only pages`.
export default {
  "two people write to each other: presence, typing, what was read": async ({ signIn, call, assert }) => {
    const dispatcher = await call("Dispatcher", "GET", "/api/me");
    const technician = await call("Technician", "GET", "/api/me");
    const text = `Can you take the van? ${Date.now()}`;
    const there = await signIn("Technician", `/x/popup-messenger/with/${dispatcher.id}`);
    const page = await signIn("Dispatcher", `/x/popup-messenger/with/${technician.id}`);

    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.keyboard.press("Enter");
    const log = there.getByRole("log", { name: /^Messages with/ });
    await log.getByText(text).waitFor();
    // It is looked at there, and so it is read here.
    const mine = page.getByRole("log", { name: /^Messages with/ });
    await mine.locator("li", { hasText: text }).getByText("Read").waitFor();
    await page.getByText("● here").first().waitFor();

    await there.getByLabel("Message", { exact: true }).pressSequentially("Yes", { delay: 50 });
    await page.getByRole("status").filter({ hasText: "is writing" }).waitFor();
    await there.getByRole("button", { name: "Send" }).click();
    await mine.getByText("Yes").last().waitFor();

    await there.setViewportSize({ width: 360, height: 740 });
    await log.waitFor();
    await there.getByRole("list", { name: "Conversations" }).waitFor({ state: "detached" });
    for (const p of [page, there]) assert.deepEqual(p.faults, []);
  },
};
