/**
 * What plugins' components are made with beside MUI: the app's own table, forms, pickers, charts and states, as the
 * global `MortiseUI` (@mortise/ui). A chunk of its own, fetched before the first bundle that names it.
 */
import type { ComponentProps, ReactNode } from 'react';
import type * as Types from '../../sdk/src/kit-types';
import { ChoiceInput as Choices, TextInput as Text, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Chart as ChartOfApp } from '../ui/chart';
import { Bars, Empty, ErrorState as Failed } from '../ui/states';
import { texts } from '../text';
import { ConfirmDialog } from './confirm-dialog';
import { DataTable } from './data-table';
import { OfApp } from './of-app';
import * as pickers from './pickers';

function Chart({ unit = '', overTime = false, ...rest }: Types.ChartProps) {
  return (
    <OfApp>
      <ChartOfApp chart={{ unit, overTime, ...rest }} />
    </OfApp>
  );
}

function EmptyState(props: { title: string; text?: string; children?: ReactNode }) {
  return (
    <OfApp>
      <Empty icon="table" {...props} />
    </OfApp>
  );
}

const ErrorState = (props: ComponentProps<typeof Failed>) => (
  <OfApp>
    <Failed {...props} />
  </OfApp>
);

const LoadingState = ({ rows = 5 }: { rows?: number }) => (
  <OfApp>
    <Bars rows={rows} label={texts.loading} />
  </OfApp>
);

const TextInput: typeof Text = (props) => (
  <Text fullWidth margin="dense" autoComplete="off" {...props} />
);

const ChoiceInput: typeof Choices = (props) => (
  <OfApp>
    <div className="kit-input">
      <span aria-hidden="true">{props.label}</span>
      <Choices look="field" {...props} />
    </div>
  </OfApp>
);

const inputs = { useServerForm, TextInput, ChoiceInput, ...pickers };
/** The types are written once more for authors, who have no sources of the app: this holds the ones to the others. */
export const kit: typeof Types = {
  DataTable,
  FormDialog,
  ConfirmDialog,
  Chart,
  EmptyState,
  ErrorState,
  LoadingState,
  // For authors a form says less of itself, and its fields' names aren't paths.
  ...(inputs satisfies Record<keyof typeof inputs & keyof typeof Types, unknown> as never as Pick<
    typeof Types,
    keyof typeof inputs
  >),
};
