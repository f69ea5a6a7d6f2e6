/** How an installation stands, in a word and a colour. */
import type { Compatible, Installation } from '../api/types';
import type { PluginTone } from '../plugins/card';
import { translate } from '../text';
import { pluginTexts } from '../text/plugins';
import { nameIn } from '../ui/names';

const TONES: Record<string, PluginTone> = { enabled: 'good', disabled: 'quiet' };

export function chipOf(plugin: Installation): { label: string; tone: PluginTone } {
  if (plugin.state === 'installing' || plugin.state === 'removing')
    return { label: nameIn(pluginTexts.stateNames, plugin.state), tone: 'busy' };
  if (plugin.quarantined) return { label: pluginTexts.quarantined, tone: 'bad' };
  if (plugin.trust?.allowed === false) return { label: pluginTexts.notTrusted, tone: 'bad' };
  if (plugin.requiresConfiguration && plugin.configured === false)
    return { label: pluginTexts.needsSettings, tone: 'warn' };
  return {
    label: nameIn(pluginTexts.stateNames, plugin.state),
    tone: TONES[plugin.state] ?? 'busy',
  };
}

/** A plugin that is settled can be turned, upgraded and uninstalled; one on its way can't. */
export const isSettled = (p: Installation) => p.state === 'enabled' || p.state === 'disabled';

/** Enabling is what takes a plugin out of quarantine. */
export const isOff = (p: Installation) => p.state === 'disabled' || p.quarantined;

export const quarantineText = (p: Installation): string =>
  p.quarantineReason
    ? pluginTexts.quarantineReason({ why: translate(p.quarantineReasonText, p.quarantineReason) })
    : pluginTexts.quarantined;

/** Why it doesn't run with this version of Mortise. */
export const unfitText = (c: Compatible): string =>
  c.reason
    ? pluginTexts.incompatibleWhy({ why: translate(c.reasonText, c.reason) })
    : pluginTexts.incompatible;
