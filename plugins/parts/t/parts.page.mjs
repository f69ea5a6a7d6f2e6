// In Chromium, in a demo that has the plugin (`mortise plugin dev`): `mortise plugin test --only pages`.
const sku = `T-${Date.now()}`;

export default {
  "a part is added, taken for a ticket, and runs low": async ({ signIn, call, assert }) => {
    const page = await signIn("Dispatcher", "/x/parts");
    await page.getByRole("button", { name: "Add part" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("No.").fill(sku);
    await dialog.getByLabel("Name").fill(`Valve ${sku}`);
    await dialog.getByLabel("At least").fill("3");
    await dialog.getByLabel("Stock").fill("4");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByLabel("Search parts").fill(sku);
    await page.getByRole("button", { name: `Valve ${sku}` }).click();
    await page.getByTestId("stock").getByText("4 pcs").waitFor();

    const { items } = await call("Technician", "GET", "/api/tickets?limit=1");
    const there = await signIn("Technician", `/tickets/${items[0].id}?tab=parts:parts`);
    await there.getByLabel("Part", { exact: true }).fill(sku);
    await there.getByRole("option", { name: new RegExp(sku) }).click();
    await there.getByRole("button", { name: "Take a part" }).click();
    await there.getByLabel("Quantity (pcs)").fill("2");
    await there.getByRole("dialog").getByRole("button", { name: "Take" }).click();
    await there.getByRole("link", { name: `Valve ${sku}` }).waitFor();

    // The page that is open elsewhere shows it at once.
    await page.getByTestId("stock").getByText("2 pcs").waitFor();
    await page.getByText("taken").waitFor();
    await page.goto(new URL("/dashboard", page.url()).href);
    await page.getByRole("region", { name: "Parts that run low" }).waitFor();
    for (const p of [page, there]) assert.deepEqual(p.faults, []);
  },
};
