/** The organizations that companies belong to: choosing one by its name, and giving one another name. */
import { useId } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import { putOrganizations, putTenantsOrganization } from '../api/resources';
import type { Items } from '../api/types';
import { texts } from '../text';
import { systemTexts } from '../text/system';
import { TextInput, trimmed, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import type { Company } from './companies';

export interface Organization {
  id: number;
  name: string;
  companies: number;
}

type Form = Parameters<typeof TextInput<{ organization: string }>>[0]['of'];

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** A name, with those that are there as suggestions; below it what that name means. */
export function OrganizationInput(props: {
  of: Form;
  label: string;
  /** Where nothing is entered. */
  empty?: string;
  /** One that isn't there is made. */
  makes: boolean;
  autoFocus?: boolean;
}) {
  const t = systemTexts.organization;
  const list = useId();
  const said = props.of.form.watch('organization').trim();
  const query = { limit: 20, ...(said && { search: said }) };
  const { data } = useQuery<Items<Organization>>(`organizations/${said}`, (signal) =>
    api.get('/api/organizations', { query, signal }),
  );
  const there = data?.items.find((o) => same(o.name, said));
  const meaning = there
    ? t.joins({ name: there.name, n: there.companies })
    : said && data
      ? t.isNew
      : undefined;
  return (
    <>
      <TextInput
        of={props.of}
        name="organization"
        label={props.label}
        autoFocus={props.autoFocus ?? false}
        autoComplete="off"
        fullWidth
        margin="dense"
        helperText={(props.makes && meaning) || props.empty}
        slotProps={{ htmlInput: { list } }}
      />
      <datalist id={list}>
        {data?.items.map((o) => (
          <option key={o.id} value={o.name} />
        ))}
      </datalist>
    </>
  );
}

interface DialogProps {
  company: Company;
  onClose: () => void;
}

export function MoveCompany({ company, onClose }: DialogProps) {
  const t = systemTexts.organization;
  const of = useServerForm({
    start: { organization: company.organization.name },
    rules: putTenantsOrganization,
    body: trimmed,
    send: (body) => api.put(`/api/tenants/${company.code}/organization`, body),
    onDone: () => {
      invalidate('companies/');
      invalidate('organizations/');
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.moveTitle({ name: company.name })}
      submit={texts.save}
      of={of}
      onClose={onClose}
    >
      <p className="dialog-text">{t.moveText}</p>
      <OrganizationInput of={of} label={t.name} makes autoFocus />
    </FormDialog>
  );
}

export function RenameOrganization({ company, onClose }: DialogProps) {
  const t = systemTexts.organization;
  const { id, name, companies } = company.organization;
  const of = useServerForm({
    start: { name },
    rules: putOrganizations,
    body: trimmed,
    send: (body) => api.put(`/api/organizations/${id}`, body),
    onDone: () => {
      invalidate('companies/');
      invalidate('organizations/');
      onClose();
    },
  });
  return (
    <FormDialog title={t.renameTitle({ name })} submit={texts.save} of={of} onClose={onClose}>
      <p className="dialog-text">{t.renameText({ n: companies })}</p>
      <TextInput
        of={of}
        name="name"
        label={t.name}
        autoComplete="off"
        autoFocus
        fullWidth
        margin="dense"
      />
    </FormDialog>
  );
}
