/** A plugin's components in the slots of the app. Which slots there are, and what a component gets in each,
 * comes from the table that packages are checked with (fcgi/package/slots.c). */
import type { ComponentType } from 'react';
import type { RenderType } from '../../sdk/src/slots';

export type { RenderType, SlotId, SlotProps } from '../../sdk/src/slots';

/** One component of one plugin in one slot, with its bundle's state. */
export interface SlotComponent {
  /** Unique among all: plugin, slot and component. */
  id: string;
  pluginKey: string;
  pluginName: string;
  slotId: string;
  renderType: RenderType;
  componentName: string;
  props: Record<string, unknown>;
  /** null while the bundle is loading, or when it failed (see error). */
  Component: ComponentType<Record<string, unknown>> | null;
  error: string | null;
  retry: () => void;
}
