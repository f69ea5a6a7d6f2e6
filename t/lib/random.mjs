// Random choices that can be repeated: MORTISE_SEED=<number> repeats a run; each run prints its own.

import { test } from "node:test";

export const seed = Number(process.env.MORTISE_SEED ?? (Date.now() % 2147483647)) >>> 0;
let state = seed;

/** From 0 to below 1 (mulberry32). */
export function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** One of a list. */
export const pick = (list) => list[Math.floor(random() * list.length)];

test(`what is chosen by chance can be had again with MORTISE_SEED=${seed}`, () => {});
