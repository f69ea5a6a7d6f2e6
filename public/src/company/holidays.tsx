/** The days on which a company is closed. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import { useId } from 'react';
import { useController, type UseFormReturn } from 'react-hook-form';
import { companyTexts } from '../text/company';
import { FieldFault } from '../ui/form';
import { Icon } from '../ui/icons';
import type { Holiday, Written } from './profile';

export function HolidaysField({ of }: { of: { form: UseFormReturn<Written> } }) {
  const t = companyTexts.holidays;
  const fault = useId();
  const { field, fieldState } = useController({ name: 'holidays', control: of.form.control });
  const holidays = field.value;
  const set = (at: number, change: Partial<Holiday>) =>
    field.onChange(holidays.map((h, i) => (i === at ? { ...h, ...change } : h)));
  return (
    <div className="company-holidays">
      {holidays.length === 0 && <p className="soft">{t.none}</p>}
      {holidays.map((h, i) => (
        <div key={i} className="company-holiday" role="group" aria-label={h.name || t.unnamed}>
          <TextField
            size="small"
            type="date"
            label={t.date}
            value={h.date}
            error={fieldState.invalid && !h.date}
            inputRef={i === 0 ? field.ref : undefined}
            slotProps={{ inputLabel: { shrink: true }, htmlInput: { max: '9999-12-31' } }}
            onChange={(e) => set(i, { date: e.target.value })}
            onBlur={field.onBlur}
          />
          <TextField
            size="small"
            label={t.name}
            value={h.name}
            error={fieldState.invalid && !h.name.trim()}
            slotProps={{ htmlInput: { maxLength: 80 } }}
            onChange={(e) => set(i, { name: e.target.value })}
            onBlur={field.onBlur}
          />
          <FormControlLabel
            label={t.yearly}
            control={<Checkbox checked={h.yearly} onChange={(_, yearly) => set(i, { yearly })} />}
          />
          <IconButton
            size="small"
            aria-label={t.remove({ name: h.name || t.unnamed })}
            onClick={() => field.onChange(holidays.filter((_, n) => n !== i))}
          >
            <Icon name="close" size={14} />
          </IconButton>
        </div>
      ))}
      <FieldFault id={fault} text={fieldState.error?.message} />
      <Button
        variant="outlined"
        size="small"
        onClick={() => field.onChange([...holidays, { date: '', name: '', yearly: true }])}
      >
        {t.add}
      </Button>
    </div>
  );
}
