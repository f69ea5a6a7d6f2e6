// In Chromium, in a demo that has the plugin (`mortise plugin dev`): `mortise plugin test --only pages`.
export default {
  "a note is added in the ticket's tab": async ({ signIn, call, assert }) => {
    const { items } = await call("Technician", "GET", "/api/tickets?limit=1");
    const page = await signIn("Technician", `/tickets/${items[0].id}`);
    const text = `Seen at ${new Date().toISOString()}`;
    await page.getByRole("tab", { name: "My Plugin" }).click();
    await page.getByLabel("A note").fill(text);
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText(text).waitFor();
    assert.deepEqual(page.faults, []);
  },
};
