/** When a company is open: for each weekday any number of intervals. */
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import { useId } from 'react';
import { useController, type UseFormReturn } from 'react-hook-form';
import { companyTexts } from '../text/company';
import { FieldFault } from '../ui/form';
import { Icon } from '../ui/icons';
import { copied, dayName, nextInterval, onDay, WEEK, type Interval, type Written } from './profile';

/** The end of a day is 00:00 where it is entered. */
const shown = (to: string) => (to === '24:00' ? '00:00' : to);
const meant = (to: string) => (to === '00:00' ? '24:00' : to);

export function HoursField({ of }: { of: { form: UseFormReturn<Written> } }) {
  const t = companyTexts.hours;
  const fault = useId();
  const { field, fieldState } = useController({ name: 'hours', control: of.form.control });
  const hours = field.value;
  const set = (old: Interval, change: Partial<Interval>) =>
    field.onChange(hours.map((h) => (h === old ? { ...h, ...change } : h)));
  return (
    <div className="company-hours" aria-describedby={fault}>
      <p className="soft" role="status">
        {hours.length === 0 ? t.none : t.some}
      </p>
      {WEEK.map((day) => {
        const name = dayName(day);
        const next = nextInterval(hours, day);
        const own = onDay(hours, day);
        return (
          <div key={day} className="company-day" role="group" aria-label={name}>
            <strong>{name}</strong>
            <div className="company-intervals">
              {own.length === 0 && (
                <span className="soft">{hours.length === 0 ? t.allDay : t.closed}</span>
              )}
              {own.map((h, i) => (
                <span key={i} className="company-interval">
                  <TextField
                    size="small"
                    type="time"
                    value={h.from}
                    error={fieldState.invalid && (!h.from || h.to <= h.from)}
                    inputRef={day === hours[0]?.day && i === 0 ? field.ref : undefined}
                    slotProps={{ htmlInput: { 'aria-label': t.from({ day: name }) } }}
                    onChange={(e) => set(h, { from: e.target.value })}
                    onBlur={field.onBlur}
                  />
                  –
                  <TextField
                    size="small"
                    type="time"
                    value={shown(h.to)}
                    error={fieldState.invalid && (!h.to || h.to <= h.from)}
                    slotProps={{ htmlInput: { 'aria-label': t.to({ day: name }) } }}
                    onChange={(e) => set(h, { to: meant(e.target.value) })}
                    onBlur={field.onBlur}
                  />
                  <IconButton
                    size="small"
                    aria-label={t.remove({ from: h.from, to: h.to, day: name })}
                    onClick={() => field.onChange(hours.filter((o) => o !== h))}
                  >
                    <Icon name="close" size={14} />
                  </IconButton>
                </span>
              ))}
            </div>
            <div className="company-day-actions">
              <Button
                size="small"
                disabled={!next}
                aria-label={t.addTo({ day: name })}
                onClick={() => next && field.onChange([...hours, next])}
              >
                {t.add}
              </Button>
              {own.length > 0 && (
                <Button
                  size="small"
                  color="inherit"
                  aria-label={t.copyFrom({ day: name })}
                  onClick={() => field.onChange(copied(hours, day))}
                >
                  {t.copy}
                </Button>
              )}
            </div>
          </div>
        );
      })}
      <FieldFault id={fault} text={fieldState.error?.message} />
    </div>
  );
}
