/**
 * Loads a plugin's bundle: a script tag with the hash of the approved file, so that a browser runs
 * those bytes or none. A bundle is known by its address, which contains the package's hash: the same
 * one is never fetched twice, and two versions never meet.
 */
import type { PluginUi } from '../api/types';
import { loadTimes, shareLibraries } from './globals';

export type PluginModule = Record<string, unknown>;

const ADDRESS = /^\/plugin-assets\/[0-9a-f]{64}\/[\w./-]+\.js$/;
const modules = new Map<string, Promise<PluginModule>>();
/** Bundles of the same global name take turns: each is picked up before the next overwrites it. */
const turns = new Map<string, Promise<unknown>>();

const scope = window as unknown as Record<string, unknown>;

function runScript(ui: PluginUi): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = ui.bundleUrl;
    script.integrity = ui.integrity;
    script.crossOrigin = 'anonymous';
    script.async = true;
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error('the bundle could not be loaded, or is not the approved one'));
    };
    document.head.append(script);
  });
}

/** What a bundle says, for what it needs. The browser keeps it, so that the script tag fetches nothing again; it is
 * that tag which runs the approved bytes or none. */
async function textOf(ui: PluginUi): Promise<string> {
  const res = await fetch(ui.bundleUrl, { integrity: ui.integrity, credentials: 'same-origin' });
  return res.ok ? res.text() : '';
}

async function load(ui: PluginUi): Promise<PluginModule> {
  if (!ADDRESS.test(ui.bundleUrl)) throw new Error('the bundle’s address is not one of a package');
  if (!ui.integrity) throw new Error('the bundle comes without its hash');
  await shareLibraries(textOf(ui).catch(() => ''));
  const from = performance.now();
  // A bundle's own "var" can't be deleted again, only emptied.
  scope[ui.globalName] = undefined;
  await runScript(ui);
  const found = scope[ui.globalName];
  if (!found || (typeof found !== 'object' && typeof found !== 'function'))
    throw new Error(`the bundle does not set ${ui.globalName}`);
  loadTimes[ui.globalName] = Math.round(performance.now() - from);
  performance.measure(`plugin ${ui.globalName}`, { start: from });
  return found as PluginModule;
}

export function loadBundle(ui: PluginUi): Promise<PluginModule> {
  const known = modules.get(ui.bundleUrl);
  if (known) return known;
  const before = turns.get(ui.globalName) ?? Promise.resolve();
  const loading = before.catch(() => {}).then(() => load(ui));
  turns.set(ui.globalName, loading);
  modules.set(ui.bundleUrl, loading);
  loading.catch(() => modules.delete(ui.bundleUrl));
  return loading;
}

/** The next loadBundle() of this address fetches and runs it again. */
export function forgetBundle(bundleUrl: string): void {
  modules.delete(bundleUrl);
}
