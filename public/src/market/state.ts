/** How an installation stands, in a word and a colour. */
import type { Installation } from '../api/types';
import type { PluginTone } from '../plugins/card';
import { P } from '../text/plugins';

const TONES: Record<string, PluginTone> = { enabled: 'good', disabled: 'quiet' };

export function chipOf(plugin: Installation): { label: string; tone: PluginTone } {
  if (plugin.state === 'installing' || plugin.state === 'removing')
    return { label: P.stateNames[plugin.state]!, tone: 'busy' };
  if (plugin.quarantined) return { label: P.quarantined, tone: 'bad' };
  if (plugin.trust?.allowed === false) return { label: P.notTrusted, tone: 'bad' };
  if (plugin.requiresConfiguration && plugin.configured === false)
    return { label: P.needsSettings, tone: 'warn' };
  return { label: P.stateNames[plugin.state] ?? plugin.state, tone: TONES[plugin.state] ?? 'busy' };
}

/** A plugin that is settled can be turned, upgraded and uninstalled; one on its way can't. */
export const isSettled = (p: Installation) => p.state === 'enabled' || p.state === 'disabled';

/** Enabling is what takes a plugin out of quarantine. */
export const isOff = (p: Installation) => p.state === 'disabled' || p.quarantined;
