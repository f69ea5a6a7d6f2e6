/** Quantities as people write them. */
import { formatNumber } from "@mortise/sdk";

export const amount = (n: number, unit: string): string =>
  `${formatNumber(n, { maximumFractionDigits: 2 })} ${unit}`;

export const signed = (n: number): string =>
  formatNumber(n, { maximumFractionDigits: 2, signDisplay: "exceptZero" });

/** What somebody typed; a comma is a point. */
export const asNumber = (text: string): number =>
  Number(text.trim().replace(",", "."));
