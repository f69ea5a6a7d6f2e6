/**
 * What fails in the bundle of a development version, in anybody's browser, goes to its author: into the plugin's log,
 * which `mortise plugin dev` shows with the author's files and lines. Loaded only where there is such a version.
 */
import { api } from '../api/client';
import type { Installation } from '../api/types';
import { boundary } from './boundary';

const MOST = 50; // of a page: a loop of errors is one fault
const FRAMES = 10;
const MESSAGE_MAX = 500;
const STACK_MAX = 900;
/** "at Tab (http://x/plugin-assets/…/ui/bundle.iife.js:12:34)", "Tab@http://…:12:34" */
const FRAME =
  /^\s*(?:at\s+)?(.*?)\s*[(@]?(?:https?:\/\/[^/]+)?(\/plugin-assets\/[^\s)]+?):(\d+):(\d+)\)?$/;

export const isDev = (i: Installation): boolean => i.version.includes('-dev.');

/** The lines of a stack that are in a bundle: "Tab 12:34". */
export function framesOf(stack: string, bundleUrl: string): string[] {
  return stack
    .split('\n')
    .map((line) => FRAME.exec(line))
    .filter((m) => m?.[2] === bundleUrl)
    .map((m) => `${m?.[1] || '(anonymous)'} ${m?.[3]}:${m?.[4]}`)
    .slice(0, FRAMES);
}

const seen = new Set<string>();
let installations: readonly Installation[] = [];

function report(error: unknown): void {
  if (!(error instanceof Error) || !error.stack) return;
  const { stack } = error;
  const found = installations.find((i) => i.ui && isDev(i) && stack.includes(i.ui.bundleUrl));
  if (!found?.ui) return;
  const message = `${error.name}: ${error.message}`.slice(0, MESSAGE_MAX);
  const frames = framesOf(stack, found.ui.bundleUrl).join('\n').slice(0, STACK_MAX);
  const key = `${found.version} ${message} ${frames}`;
  if (seen.has(key) || seen.size >= MOST) return;
  seen.add(key);
  // It is a service to the author: nobody else needs to know that it failed.
  api
    .post(`/api/plugins/installations/${found.id}/dev/faults`, { message, stack: frames })
    .catch(() => {});
}

/** From now on, for these plugins; returns what ends it. */
export function watchFaults(of: readonly Installation[]): () => void {
  const failed = (e: ErrorEvent) => report(e.error);
  const rejected = (e: PromiseRejectionEvent) => report(e.reason);
  installations = of;
  boundary.onFault = report;
  window.addEventListener('error', failed);
  window.addEventListener('unhandledrejection', rejected);
  return () => {
    boundary.onFault = undefined;
    window.removeEventListener('error', failed);
    window.removeEventListener('unhandledrejection', rejected);
  };
}
