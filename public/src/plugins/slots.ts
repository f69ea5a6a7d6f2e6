/** A plugin's components in the slots of the app. Which slots there are, and what a component gets in each,
 * comes from the table that packages are checked with (fcgi/package/slots.c). */
import type { ComponentType } from 'react';
import { SLOT_ALIASES, type RenderType } from '../../sdk/src/slots';
import type { Installation } from '../api/types';

export type { ModalProps, RenderType, SharedProps, SlotId, SlotProps } from '../../sdk/src/slots';

/** The query that has what is installed. */
export const INSTALLATIONS = 'plugins/installations';

/** One component of one plugin in one slot, as its manifest has it. */
export interface SlotPlace {
  /** Unique among all: plugin, slot and component. Of a tab that several plugins have: the same for all of them. */
  id: string;
  pluginKey: string;
  pluginName: string;
  slotId: string;
  renderType: RenderType;
  componentName: string;
  /** The component that opens it, if it is a modal. */
  trigger: string | null;
  props: Record<string, unknown>;
  /** What a tab is called in `activeTab`: the value of its props, else its id. */
  value: string;
  permission: string | null;
  globalName: string;
  bundleUrl: string;
}

/** With the state of its bundle. */
export interface SlotComponent extends SlotPlace {
  /** null while the bundle is loading, or when it failed (see error). */
  Component: ComponentType<Record<string, unknown>> | null;
  error: string | null;
  /** The bundle's export colorScheme is 'light': its colours are fixed, for light ground. */
  light: boolean;
  retry: () => void;
}

export interface PluginTab {
  pluginKey: string;
  label: string;
  value: string;
  icon?: string;
  /** For the address: no tab of the app has it. */
  id: string;
}

/** The slot that is meant by one of its names. */
export const slotOf = (name: string): string => SLOT_ALIASES[name] ?? name;

const text = (value: unknown): string | null => (typeof value === 'string' && value ? value : null);

/** Everything that enabled plugins put into the slots of the app, in the order of their names. */
export function placesOf(installations: readonly Installation[]): SlotPlace[] {
  const places = installations.flatMap((plugin): SlotPlace[] => {
    const { ui, pluginKey } = plugin;
    if (plugin.state !== 'enabled' || !ui) return [];
    const slots = ui.slots.filter((s) => s.allowed !== false);
    return slots.map((slot) => {
      const props = slot.props ?? {};
      const shared = slot.renderType === 'tab' ? text(props.value) : null;
      const what = slot.renderType === 'page' ? props.path : (props.id ?? slot.componentName);
      const own = `${pluginKey}:${String(what)}`;
      return {
        id: shared ? `shared=${shared}` : own,
        pluginKey,
        pluginName: plugin.displayName,
        slotId: slot.slotId,
        renderType: slot.renderType,
        componentName: slot.componentName,
        trigger: slot.trigger ?? null,
        props,
        value: shared ?? own,
        permission: slot.permission ?? null,
        globalName: ui.globalName,
        bundleUrl: ui.bundleUrl,
      };
    });
  });
  return places.sort((a, b) => a.pluginName.localeCompare(b.pluginName));
}

/**
 * Several plugins may bring the same thing, each for the case that it is the only one: a tab of the same value, or the
 * same component of the same library. The first one is shown.
 */
export function withoutDoubles<P extends SlotPlace>(places: readonly P[]): P[] {
  const by = new Map<string, string>();
  return places.filter((p) => {
    if (p.renderType !== 'tab' && p.renderType !== 'raw') return true;
    const what =
      p.renderType === 'tab' ? `tab ${p.value}` : `raw ${p.globalName}.${p.componentName}`;
    const first = by.get(what);
    if (first === undefined) by.set(what, p.pluginKey);
    return first === undefined || (p.renderType === 'raw' && first === p.pluginKey);
  });
}

export const tabOf = ({ pluginKey, pluginName, props, value, id }: SlotPlace): PluginTab => ({
  pluginKey,
  label: text(props.label) ?? pluginName,
  value,
  id,
  ...(text(props.icon) && { icon: text(props.icon)! }),
});
