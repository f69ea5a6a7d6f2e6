/** A password that is chosen: shown on demand, with how hard it is to guess. */
import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import TextField from '@mui/material/TextField';
import { useId, useState } from 'react';
import {
  useController,
  type FieldPath,
  type FieldValues,
  type UseFormReturn,
} from 'react-hook-form';
import { accountTexts } from '../text/account';
import { Icon } from '../ui/icons';
import { strengthOf } from './strength';
import './password.css';

export const PASSWORD_MIN = 12;

export function NewPassword<V extends FieldValues>(props: {
  of: { form: UseFormReturn<V> };
  name: FieldPath<V>;
  least?: number | undefined;
  /** What others know of the person. */
  known: readonly string[];
  autoFocus?: boolean;
}) {
  const { least = PASSWORD_MIN } = props;
  const t = accountTexts.password;
  const id = useId();
  const {
    field: { ref, ...field },
    fieldState: { error },
  } = useController({ name: props.name, control: props.of.form.control });
  const [shown, setShown] = useState(false);
  const strength = strengthOf(field.value, least, props.known);
  const words = {
    none: t.hint({ n: least }),
    short: t.short({ n: least - [...field.value].length }),
    easy: t.easy,
    fair: t.fair,
    good: t.good,
  }[strength];
  return (
    <div className="new-password">
      <TextField
        {...field}
        inputRef={ref}
        name="new-password"
        label={t.new}
        type={shown ? 'text' : 'password'}
        autoComplete="new-password"
        autoFocus={props.autoFocus ?? false}
        required
        fullWidth
        margin="dense"
        error={error !== undefined}
        slotProps={{
          htmlInput: { 'aria-describedby': id, autoCapitalize: 'none', spellCheck: false },
          input: {
            endAdornment: (
              <InputAdornment position="end">
                <IconButton
                  size="small"
                  edge="end"
                  aria-label={shown ? t.hide : t.show}
                  onClick={() => setShown(!shown)}
                >
                  <Icon name={shown ? 'hide' : 'show'} />
                </IconButton>
              </InputAdornment>
            ),
          },
        }}
      />
      <span className="strength" data-strength={strength} aria-hidden="true">
        <span />
      </span>
      <p id={id} className="strength-words" data-bad={error !== undefined} aria-live="polite">
        {error?.message ?? words}
      </p>
    </div>
  );
}
