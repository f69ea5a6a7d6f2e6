/** The form of a company's profile. Saving an old one is refused, so that nothing of the newer one is lost. */
import Button from '@mui/material/Button';
import { useEffect, useState, type ReactNode } from 'react';
import { api } from '../api/client';
import { setQueryData } from '../api/query';
import { patchCompany } from '../api/resources';
import { useMe, useSession } from '../auth/session';
import { LeaveGuard } from '../forms/guard';
import { texts } from '../text';
import { companyTexts } from '../text/company';
import { fieldTexts } from '../text/fields';
import { toast } from '../toasts/store';
import {
  CodeInput,
  countryName,
  currencyName,
  localeName,
  zoneName,
  zones,
} from '../ui/code-choice';
import { FormError, TextInput, useServerForm } from '../ui/form';
import { ImageField } from '../ui/image-field';
import { faultsOf } from '../ui/rules';
import { COUNTRIES, CURRENCIES } from './codes';
import { HolidaysField } from './holidays';
import { HoursField } from './hours';
import {
  holidaysFault,
  hoursFault,
  toSent,
  toWritten,
  type Company,
  type Written,
} from './profile';

export const KEY = 'company';
export const PATH = '/api/company';

const check = (written: Written): Record<string, string> => {
  const hours = hoursFault(written.hours);
  const holidays = holidaysFault(written.holidays);
  return {
    ...faultsOf(patchCompany, toSent(written)),
    ...(hours && { hours }),
    ...(holidays && { holidays }),
  };
};

function Part(props: { title: string; text?: string; children: ReactNode }) {
  return (
    <fieldset className="company-part">
      <legend>{props.title}</legend>
      {props.text && <p className="soft">{props.text}</p>}
      {props.children}
    </fieldset>
  );
}

/** Saved at once: it is no field of the form. */
function Logo() {
  const me = useMe();
  const { enter } = useSession();
  const { tenantLogo, ...rest } = me;
  return (
    <ImageField
      label={companyTexts.logo}
      path={`${PATH}/logo`}
      shape={{ side: 256, fill: false, type: 'image/png' }}
      shown={
        tenantLogo && <img className="image-shown" src={`${PATH}/logo/${tenantLogo}`} alt="" />
      }
      has={tenantLogo !== undefined}
      onDone={(logo) => enter(logo ? { ...rest, tenantLogo: logo } : rest)}
    />
  );
}

export function CompanyForm({ company }: { company: Company }) {
  const t = companyTexts;
  // What the fields are based on.
  const [base, setBase] = useState(company);
  const of = useServerForm<Written, Company, ReturnType<typeof toSent>>({
    start: toWritten(company),
    rules: patchCompany,
    body: toSent,
    check,
    send: (body) =>
      api.patch<Company>(PATH, body, { headers: { 'If-Match': `"${base.version}"` } }),
    onDone: (saved) => {
      setQueryData<Company>(KEY, saved);
      show(saved);
      toast({ title: t.saved, tone: 'success' });
    },
  });
  const { form } = of;
  const { isDirty } = form.formState;
  const show = (latest: Company) => {
    setBase(latest);
    of.fail(null);
    form.reset(toWritten(latest));
  };
  useEffect(() => {
    if (company.version > base.version && !isDirty && !of.busy) show(company);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- when another version arrives
  }, [company.version]);
  const isOld = of.error?.kind === 'version-conflict';
  return (
    <form className="company-form" noValidate onSubmit={(e) => void of.submit(e)}>
      <Part title={t.general}>
        <Logo />
        <TextInput of={of} name="name" label={t.name} required />
        <p className="company-code">
          <span className="soft">{t.code}</span> <code>{company.code}</code>
          <br />
          <span className="soft">{t.codeText}</span>
        </p>
        {company.organization !== company.name && (
          <p className="company-code">
            <span className="soft">{t.organization}</span> {company.organization}
          </p>
        )}
        <CodeInput
          of={of}
          name="timeZone"
          label={t.zone}
          codes={zones(company.timeZone)}
          nameOf={zoneName}
          placeholder={fieldTexts.findZone}
          helperText={t.zoneText}
        />
        <CodeInput
          of={of}
          name="locale"
          label={t.locale}
          codes={patchCompany.locale.oneOf}
          nameOf={localeName}
          nothing={t.localeNone}
          helperText={t.localeText}
        />
        <CodeInput
          of={of}
          name="currency"
          label={t.currency}
          codes={CURRENCIES}
          nameOf={currencyName}
          nothing={t.none}
        />
        <TextInput
          of={of}
          name="notificationDays"
          type="number"
          label={t.notificationDays}
          helperText={t.notificationDaysText}
          required
        />
      </Part>
      <Part title={t.address}>
        <TextInput of={of} name="street" label={t.street} multiline autoComplete="off" />
        <div className="company-place">
          <TextInput of={of} name="postalCode" label={t.postalCode} autoComplete="off" />
          <TextInput of={of} name="city" label={t.city} autoComplete="off" />
        </div>
        <CodeInput
          of={of}
          name="country"
          label={t.country}
          codes={COUNTRIES}
          nameOf={countryName}
          nothing={t.none}
        />
      </Part>
      <Part title={t.contact}>
        <TextInput of={of} name="phone" label={t.phone} type="tel" autoComplete="off" />
        <TextInput of={of} name="email" label={t.email} type="email" autoComplete="off" />
        <TextInput of={of} name="website" label={t.website} type="url" autoComplete="off" />
        <TextInput of={of} name="taxNumber" label={t.taxNumber} autoComplete="off" />
      </Part>
      <Part title={t.hours.title}>
        <HoursField of={of} />
      </Part>
      <Part title={t.holidays.title} text={t.holidays.text}>
        <HolidaysField of={of} />
      </Part>
      {isOld ? (
        <p role="alert" className="error-line">
          {t.conflict}{' '}
          <Button
            size="small"
            onClick={() => void api.get<Company>(PATH).then((latest) => show(latest), of.fail)}
          >
            {t.showSaved}
          </Button>
        </p>
      ) : (
        <FormError of={of} />
      )}
      <div className="company-save">
        <Button type="submit" variant="contained" loading={of.busy} disabled={!isDirty}>
          {texts.save}
        </Button>
      </div>
      <LeaveGuard dirty={isDirty && !of.busy} onDiscard={() => form.reset()} />
    </form>
  );
}
