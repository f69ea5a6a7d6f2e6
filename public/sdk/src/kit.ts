/** @mortise/ui: the app's own parts for plugins. Not part of a bundle: the page has one of each (KIT.md). */
import type * as Kit from './kit-types';

const kit = (globalThis as unknown as { MortiseUI: typeof Kit }).MortiseUI;

export const {
  DataTable,
  useServerForm,
  FormDialog,
  TextInput,
  ChoiceInput,
  ConfirmDialog,
  PersonPicker,
  TeamPicker,
  TicketPicker,
  DayPicker,
  ZonePicker,
  PersonInput,
  TeamInput,
  TicketInput,
  DayInput,
  ZoneInput,
  Chart,
  EmptyState,
  ErrorState,
  LoadingState,
} = kit;

export type {
  ChartProps,
  Column,
  DataTableProps,
  Form,
  FormOptions,
  PickerProps,
  Rule,
  Rules,
} from './kit-types';
