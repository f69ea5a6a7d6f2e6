/** The field for a code of an authenticator app; with `any` for a recovery code as well. */
import type { UseFormReturn } from 'react-hook-form';
import type { Rules } from '../api/rules';
import { TextInput } from '../ui/form';

export function CodeInput(props: {
  of: { form: UseFormReturn<{ code: string }>; rules: Rules };
  label: string;
  any?: boolean;
}) {
  return (
    <TextInput
      // Another keyboard comes with another field only.
      key={String(props.any)}
      of={props.of}
      name="code"
      label={props.label}
      autoComplete="one-time-code"
      autoFocus
      required
      fullWidth
      margin="dense"
      slotProps={{
        htmlInput: {
          inputMode: props.any ? 'text' : 'numeric',
          autoCapitalize: 'none',
          spellCheck: false,
        },
      }}
    />
  );
}
