// Figures that are measured while the machine is shared: a process may stand still for seconds at any moment. So no
// assertion is about one time or the slowest of many. It is about most of them (quantile), or it is a figure(), which
// has three rounds of which one has to hold: what a test was written for is wrong in each.

import test from "node:test";

/** What `q` of the list (0 to 1) are not above: 0.5 is the median, 0.9 leaves out one in ten. */
export const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];

export const median = (list) => quantile(list, 0.5);

class OutOfBounds extends Error {}

/** Asserts what a hiccup of the machine can spoil; inside of rounds() it is measured again then. */
export function figure(ok, message) {
  if (!ok) throw new OutOfBounds(message);
}

/** MORTISE_ROUNDS=2 does every scenario twice, to see that it can be done again. */
const LEAST = Number(process.env.MORTISE_ROUNDS ?? 1);

/**
 * Runs scenario(t, n) up to three times, until its figures hold; any other failure is final. Its `t` has diagnostic()
 * and after(), which is for the end of the round.
 */
export async function rounds(t, scenario) {
  for (let n = 1; ; n++) {
    const undo = [];
    try {
      const ret = await scenario({ diagnostic: (text) => t.diagnostic(text), after: (f) => undo.push(f) }, n);
      if (n >= LEAST) return ret;
    } catch (e) {
      if (!(e instanceof OutOfBounds) || n >= 3) throw e;
      t.diagnostic(`round ${n}: ${e.message}`);
    } finally {
      for (const f of undo) await f();
    }
  }
}

/** A test whose whole body is such a scenario; its timeout is that of a round. */
export const measured = (name, { timeout = 120000, ...options }, scenario) =>
  test(name, { timeout: 3 * timeout, ...options }, (t) => rounds(t, scenario));
