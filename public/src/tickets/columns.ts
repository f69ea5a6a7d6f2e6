/** The list's columns between title and state: fields of the company's own, and components of plugins. */
import { useMemo } from 'react';
import type { CustomField } from '../api/types';
import { usePluginRegistry } from '../plugins/registry';
import type { SlotPlace } from '../plugins/slots';

export interface ListColumn {
  id: string;
  label: string;
  of: { field: CustomField } | { place: SlotPlace };
}

/** As slots.c says: a list has room for more things than those of plugins. */
const PLUGIN_COLUMNS = 2;

export function useColumns(fields: readonly CustomField[]): readonly ListColumn[] {
  const { places } = usePluginRegistry();
  return useMemo(
    () => [
      ...fields
        .filter((field) => field.inList)
        .map((field) => ({ id: field.id, label: field.label, of: { field } })),
      ...places
        .filter((place) => place.slotId === 'tickets.columns')
        .slice(0, PLUGIN_COLUMNS)
        .map((place) => ({
          id: place.id,
          label: String(place.props.label ?? place.pluginName),
          of: { place },
        })),
    ],
    [fields, places],
  );
}

let listed: readonly string[] = [];

/** For components of plugins that stand in each row: their function stays the same while rows come and go. */
export const ticketIds = (): readonly string[] => listed;
export const setTicketIds = (ids: readonly string[]): void => {
  listed = ids;
};
