/** What a system admin does with a company: add one with its first administrator, suspend it, activate it,
 * delete it and take that back. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId, useState } from 'react';
import { api } from '../api/client';
import { invalidate } from '../api/query';
import {
  postTenants,
  postTenantsDeletion,
  postTenantsSuspend,
  putTenantsLimits,
} from '../api/resources';
import { LinkBox, type OneTimeLink } from '../people/link-box';
import { texts } from '../text';
import { accountTexts } from '../text/account';
import { companyTexts } from '../text/company';
import { systemTexts } from '../text/system';
import { toast } from '../toasts/store';
import { TextInput, trimmed, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Exports } from '../company/exports';
import { codeFrom } from '../account/company-code';
import type { Company } from './companies';
import { MoveCompany, OrganizationInput, RenameOrganization } from './organization';
import '../people/people-dialogs.css';

export type CompanyAction =
  'add' | 'suspend' | 'activate' | 'delete' | 'keep' | 'export' | 'limits' | 'move' | 'rename';

type Added = Company & { link: OneTimeLink };

const EMPTY = { name: '', code: '', adminName: '', adminEmail: '', organization: '' };

function Add({ onClose }: { onClose: () => void }) {
  const t = systemTexts.company;
  const id = useId();
  const [ownCode, setOwnCode] = useState(false);
  const [added, setAdded] = useState<Added | null>(null);
  const of = useServerForm({
    start: EMPTY,
    rules: postTenants,
    body: (values) => {
      const { organization, ...rest } = trimmed(values);
      return { ...rest, ...(organization && { organization }) };
    },
    send: (body) => api.post<Added>('/api/tenants', body),
    onDone: (found) => {
      invalidate('companies/');
      setAdded(found);
    },
  });
  const { form } = of;
  const field = { of, autoComplete: 'off', fullWidth: true, margin: 'dense' } as const;
  if (added)
    return (
      <Dialog open fullWidth maxWidth="sm" onClose={onClose} aria-labelledby={id}>
        <DialogTitle id={id}>{t.isAdded({ name: added.name })}</DialogTitle>
        <DialogContent>
          <LinkBox link={added.link} name={form.getValues('adminName').trim()} />
        </DialogContent>
        <DialogActions>
          <Button variant="contained" onClick={onClose}>
            {accountTexts.people.done}
          </Button>
        </DialogActions>
      </Dialog>
    );
  return (
    <FormDialog title={t.addTitle} submit={t.add} of={of} onClose={onClose}>
      <TextInput
        {...field}
        name="name"
        label={t.name}
        autoFocus
        onText={(name) =>
          !ownCode &&
          form.setValue('code', codeFrom(name), { shouldValidate: form.formState.isSubmitted })
        }
      />
      <TextInput
        {...field}
        name="code"
        label={t.code}
        helperText={t.codeText}
        onText={(code) => {
          setOwnCode(code !== '');
          form.setValue('code', code.toLowerCase());
        }}
      />
      <TextInput {...field} name="adminName" label={t.adminName} />
      <TextInput {...field} name="adminEmail" label={t.adminEmail} type="email" />
      <OrganizationInput
        of={of as never}
        label={systemTexts.organization.optional}
        empty={systemTexts.organization.own}
        makes
      />
    </FormDialog>
  );
}

function SetActive(props: { company: Company; suspends: boolean; onClose: () => void }) {
  const t = systemTexts.company;
  const { company, suspends, onClose } = props;
  const path = `/api/tenants/${company.code}/${suspends ? 'suspend' : 'activate'}`;
  const of = useServerForm({
    start: { reason: '' },
    rules: postTenantsSuspend,
    body: ({ reason }) => (reason.trim() ? { reason: reason.trim() } : {}),
    send: (body) => api.post(path, body),
    onDone: () => {
      invalidate('companies/');
      onClose();
    },
  });
  const { name } = company;
  return (
    <FormDialog
      title={(suspends ? t.suspendTitle : t.activateTitle)({ name })}
      submit={suspends ? t.suspend : t.activate}
      danger={suspends}
      of={of}
      onClose={onClose}
    >
      <p className="dialog-text">{suspends ? t.suspendText : t.activateText}</p>
      {suspends && (
        <TextInput
          of={of}
          name="reason"
          label={t.reason}
          helperText={t.reasonText}
          autoFocus
          fullWidth
          margin="dense"
        />
      )}
    </FormDialog>
  );
}

function Delete({ company, onClose }: { company: Company; onClose: () => void }) {
  const t = systemTexts.company;
  const { name, code } = company;
  const of = useServerForm({
    start: { code: '' },
    rules: postTenantsDeletion,
    body: trimmed,
    send: (body) => api.post(`/api/tenants/${code}/deletion`, body),
    onDone: () => {
      invalidate('companies/');
      toast({ title: t.isDeleted({ name }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog title={t.deleteTitle({ name })} submit={t.delete} danger of={of} onClose={onClose}>
      <p className="dialog-text">{t.deleteText}</p>
      <p className="dialog-text">{t.deleteExport}</p>
      <Exports path={`/api/tenants/${code}/exports`} />
      <TextInput
        of={of}
        name="code"
        label={t.deleteCode({ code })}
        autoComplete="off"
        autoFocus
        fullWidth
        margin="dense"
      />
    </FormDialog>
  );
}

function Export({ company, onClose }: { company: Company; onClose: () => void }) {
  const t = systemTexts.company;
  const id = useId();
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={onClose} aria-labelledby={id}>
      <DialogTitle id={id}>{t.exportTitle({ name: company.name })}</DialogTitle>
      <DialogContent>
        <Exports path={`/api/tenants/${company.code}/exports`} />
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          {accountTexts.people.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** An empty field = as for all companies. */
function SetLimits({ company, onClose }: { company: Company; onClose: () => void }) {
  const t = systemTexts.company;
  const { limits } = company;
  const textOf = (n: number | null) => (n === null ? '' : String(n));
  /** What is no number stays as it is, for the rules to name. */
  const numberOf = (text: string) => {
    const said = text.trim();
    return said === '' ? null : /^\d+$/.test(said) ? Number(said) : said;
  };
  const of = useServerForm({
    start: {
      people: textOf(limits.people.own),
      storageMb: textOf(limits.storageMb.own),
      plugins: textOf(limits.plugins.own),
    },
    rules: putTenantsLimits,
    body: (values) => ({
      people: numberOf(values.people),
      storageMb: numberOf(values.storageMb),
      plugins: numberOf(values.plugins),
    }),
    send: (body) => api.put(`/api/tenants/${company.code}/limits`, body),
    onDone: () => {
      invalidate('companies/');
      toast({ title: t.limitsSaved({ name: company.name }), tone: 'success' });
      onClose();
    },
  });
  const field = {
    of,
    autoComplete: 'off',
    fullWidth: true,
    margin: 'dense',
    required: false,
    slotProps: { htmlInput: { inputMode: 'numeric' } },
  } as const;
  return (
    <FormDialog
      title={t.limitsTitle({ name: company.name })}
      submit={texts.save}
      of={of}
      onClose={onClose}
    >
      <p className="dialog-text">{t.limitsText}</p>
      <TextInput {...field} name="people" label={companyTexts.limits.people} autoFocus />
      <TextInput {...field} name="storageMb" label={t.storageMb} />
      <TextInput {...field} name="plugins" label={companyTexts.limits.plugins} />
    </FormDialog>
  );
}

function Keep({ company, onClose }: { company: Company; onClose: () => void }) {
  const t = systemTexts.company;
  const of = useServerForm({
    start: {},
    rules: {},
    send: () => api.del(`/api/tenants/${company.code}/deletion`),
    onDone: () => {
      invalidate('companies/');
      toast({ title: t.isKept({ name: company.name }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.keepTitle({ name: company.name })}
      submit={t.keep}
      of={of}
      onClose={onClose}
    >
      <p className="dialog-text">{t.keepText}</p>
    </FormDialog>
  );
}

export function CompanyDialog(props: {
  what: CompanyAction;
  company: Company | null;
  onClose: () => void;
}) {
  const { what, company, onClose } = props;
  if (what === 'add' || !company) return <Add onClose={onClose} />;
  if (what === 'delete') return <Delete company={company} onClose={onClose} />;
  if (what === 'export') return <Export company={company} onClose={onClose} />;
  if (what === 'limits') return <SetLimits company={company} onClose={onClose} />;
  if (what === 'move') return <MoveCompany company={company} onClose={onClose} />;
  if (what === 'rename') return <RenameOrganization company={company} onClose={onClose} />;
  if (what === 'keep') return <Keep company={company} onClose={onClose} />;
  return <SetActive company={company} suspends={what === 'suspend'} onClose={onClose} />;
}
