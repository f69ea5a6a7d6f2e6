/** The plugin's own routes, as src/*.c answers them. */
import { pluginApi } from "@mortise/sdk";

export interface Part {
  id: string;
  sku: string;
  name: string;
  unit: string;
  stock: number;
  /** There should be at least so many. */
  least: number;
  low: boolean;
  version: number;
}

export type Kind = "take" | "add" | "count";

export interface Move {
  id: string;
  kind: Kind;
  change: number;
  /** After it. */
  stock: number;
  ticketId: string | null;
  ticketNumber: number | null;
  note: string | null;
  movedBy: string;
  movedAt: string;
}

export interface TicketMove extends Move {
  partId: string;
  sku: string;
  name: string;
  unit: string;
}

export const plugin = pluginApi("parts");

export const MANAGE = "parts:manage";
