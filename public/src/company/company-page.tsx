/** Settings -> Company: its name, the time zone of its days, how long notifications are kept. */
import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useController } from 'react-hook-form';
import { api } from '../api/client';
import { setQueryData, useQuery } from '../api/query';
import { patchCompany } from '../api/resources';
import { useEvents } from '../events/live';
import { LeaveGuard } from '../forms/guard';
import { texts } from '../text';
import { companyTexts } from '../text/company';
import { toast } from '../toasts/store';
import { FormError, TextInput, useServerForm } from '../ui/form';
import { Page } from '../ui/page';
import { Bars, ErrorState } from '../ui/states';
import { May } from '../auth/may';
import { Exports } from './exports';
import './company.css';

export interface Company {
  name: string;
  timeZone: string;
  notificationDays: number;
}

const KEY = 'company';
const PATH = '/api/company';

/** Those that this browser knows; UTC is none of a city. */
const zones = (stored: string): string[] => [
  ...new Set(['UTC', stored, ...Intl.supportedValuesOf('timeZone')]),
];

function CompanyForm({ company }: { company: Company }) {
  const of = useServerForm<Company, Company>({
    start: company,
    rules: patchCompany,
    body: (values) => ({ ...values, notificationDays: Number(values.notificationDays) }),
    send: (body) => api.patch<Company>(PATH, body),
    onDone: (saved) => {
      setQueryData<Company>(KEY, saved);
      of.form.reset(saved);
      toast({ title: companyTexts.saved, tone: 'success' });
    },
  });
  const { form } = of;
  const { isDirty } = form.formState;
  const { field, fieldState } = useController({ name: 'timeZone', control: form.control });
  return (
    <form className="company-form" noValidate onSubmit={(e) => void of.submit(e)}>
      <TextInput of={of} name="name" label={companyTexts.name} required />
      <Autocomplete
        options={zones(company.timeZone)}
        value={field.value}
        disableClearable
        getOptionLabel={(zone) => zone.replaceAll('_', ' ')}
        onChange={(_, zone) => field.onChange(zone)}
        onBlur={field.onBlur}
        noOptionsText={companyTexts.noZone}
        renderInput={(params) => (
          <TextField
            {...params}
            size="small"
            inputRef={field.ref}
            label={companyTexts.zone}
            placeholder={companyTexts.findZone}
            error={fieldState.invalid}
            helperText={fieldState.error?.message ?? companyTexts.zoneText}
          />
        )}
      />
      <TextInput
        of={of}
        name="notificationDays"
        type="number"
        label={companyTexts.notificationDays}
        helperText={companyTexts.notificationDaysText}
        required
      />
      <FormError of={of} />
      <Button type="submit" variant="contained" loading={of.busy} disabled={!isDirty}>
        {texts.save}
      </Button>
      <LeaveGuard dirty={isDirty && !of.busy} onDiscard={() => form.reset()} />
    </form>
  );
}

export default function CompanyPage() {
  const { data, error, refresh } = useQuery<Company>(KEY, (signal) => api.get(PATH, { signal }));
  useEvents('TenantUpdated', refresh);
  return (
    <Page title={companyTexts.title}>
      {data ? (
        <>
          <CompanyForm company={data} />
          <May permission="company:export">
            <h2 className="company-heading">{companyTexts.exports.title}</h2>
            <Exports path={`${PATH}/exports`} />
          </May>
        </>
      ) : error ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : (
        <Bars rows={3} label={texts.loading} />
      )}
    </Page>
  );
}
