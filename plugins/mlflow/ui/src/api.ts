/** The plugin's own routes, as src/*.c answers them. */
import { pluginApi } from "@mortise/sdk";

export interface Model {
  id: string;
  name: string;
  description: string;
  /** The newest one, and what the server says of it. */
  version: string | null;
  stage: string | null;
  status: string | null;
  runId: string | null;
  source: string | null;
  createdAt: string | null;
  updatedAt: string | null;
}

export interface Version {
  version: string | null;
  stage: string | null;
  status: string | null;
  runId: string | null;
  source: string | null;
  createdAt: string | null;
}

export interface Sync {
  id: string;
  at: string;
  models: number | null;
  removed: number | null;
  ms: number;
  /** Why it failed. */
  fault: string | null;
}

export interface Status {
  /** null while none is set. */
  server: string | null;
  models: number;
  /** The newest first. */
  syncs: Sync[];
}

export const plugin = pluginApi("mlflow");

export const SYNC = "mlflow:sync";
