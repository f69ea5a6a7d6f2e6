// What scripts/bench quick says: rows of a run beside those of the kept one, both as shares of the limit.

const ALLOWED = 0.15; // of a share that may be missing before it is said
const FIGURES = { rate: "requests/s", processor: "processor" };

const cells = (values, width) => values.map((v) => v.toFixed(2).padStart(width)).join("");

/** {lines, worse}: what to print, and the rows that got worse. now, kept: {row: {rate, processor}}; a row that was
 * not kept is compared with itself. names: {row: what to call it}. */
export function compared(names, now, kept) {
  const lines = [`${"".padEnd(34)}${Object.values(FIGURES).map((f) => `${f.padStart(10)}${"kept".padStart(8)}`).join("  ")}`];
  const worse = [];
  for (const [row, name] of Object.entries(names)) {
    const was = kept[row] ?? now[row];
    const bad = Object.keys(FIGURES).filter((f) => now[row][f] < was[f] * (1 - ALLOWED));
    if (bad.length) worse.push(row);
    const figures = Object.keys(FIGURES).map((f) => cells([now[row][f]], 10) + cells([was[f]], 8));
    lines.push(`${name.padEnd(34)}${figures.join("  ")}${bad.length ? `  WORSE: ${bad.map((f) => FIGURES[f]).join(", ")}` : ""}`);
  }
  const percent = (ALLOWED * 100).toFixed(0);
  lines.push(worse.length ? `${worse.length} of ${Object.keys(names).length} rows got more than ${percent} % worse` : `no row got more than ${percent} % worse`);
  return { lines, worse };
}
