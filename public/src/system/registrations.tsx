/** Companies that registered themselves and wait: approving, refusing, and links to the form. */
import MuiButton from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId, useState, type ReactNode } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import {
  postRegistrationsApprove,
  postRegistrationsLinks,
  postRegistrationsRefuse,
} from '../api/resources';
import { useEvents } from '../events/live';
import { LinkBox, MailNote, type OneTimeLink } from '../people/link-box';
import { currentLanguage, formatNumber } from '../text';
import { accountTexts } from '../text/account';
import { systemTexts } from '../text/system';
import { toast } from '../toasts/store';
import { Button } from '../ui/button';
import { TextInput, trimmed, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Time } from '../ui/time';
import { OrganizationInput } from './organization';
import '../people/people-dialogs.css';

interface Registration {
  id: string;
  companyName: string;
  companyCode: string;
  organization: string | null;
  organizationTaken: boolean;
  name: string;
  email: string;
  timeZone: string;
  language: string | null;
  address: string;
  madeAt: string;
  codeTaken: boolean;
  emailTaken: boolean;
}

interface Found {
  registration: 'closed' | 'invitation' | 'open';
  mail: boolean;
  waiting: number;
  items: Registration[];
}

const KEY = 'registrations/';
const PATH = '/api/registrations';

const changed = () => {
  invalidate(KEY);
  invalidate('companies/');
};

/** What is left to do when a form is done. */
function Answer(props: { title: string; onClose: () => void; children: ReactNode }) {
  const id = useId();
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={props.onClose} aria-labelledby={id}>
      <DialogTitle id={id}>{props.title}</DialogTitle>
      <DialogContent>{props.children}</DialogContent>
      <DialogActions>
        <MuiButton variant="contained" onClick={props.onClose}>
          {accountTexts.people.done}
        </MuiButton>
      </DialogActions>
    </Dialog>
  );
}

interface Approved {
  code: string;
  address: string;
  link?: OneTimeLink;
}

function Approve({ of: one, onClose }: { of: Registration; onClose: () => void }) {
  const t = systemTexts.registration;
  const [done, setDone] = useState<Approved | null>(null);
  const of = useServerForm({
    // One that is there has to be chosen: the same name is no proof of belonging to it.
    start: {
      code: one.companyCode,
      organization: one.organizationTaken ? '' : (one.organization ?? ''),
    },
    rules: postRegistrationsApprove,
    body: (values) => {
      const { code, organization } = trimmed(values);
      return { code, ...(organization && { organization }) };
    },
    send: (body) => api.post<Approved>(`${PATH}/${one.id}/approve`, body),
    onDone: (found) => {
      changed();
      setDone(found);
    },
    onFailed: changed,
  });
  const name = one.companyName;
  if (done)
    return (
      <Answer title={t.isApproved({ name })} onClose={onClose}>
        {done.link ? (
          <LinkBox link={done.link} name={one.name} />
        ) : (
          <MailNote mail={{ purpose: 'invite', address: done.address }} />
        )}
      </Answer>
    );
  return (
    <FormDialog title={t.approveTitle({ name })} submit={t.approve} of={of} onClose={onClose}>
      <p className="dialog-text">{t.approveText({ name: one.name })}</p>
      <TextInput
        of={of}
        name="code"
        label={systemTexts.company.code}
        helperText={systemTexts.company.codeText}
        autoComplete="off"
        fullWidth
        margin="dense"
      />
      <OrganizationInput
        of={of as never}
        label={systemTexts.organization.optional}
        empty={one.organizationTaken ? t.organizationTaken : systemTexts.organization.own}
        makes
      />
    </FormDialog>
  );
}

function Refuse(props: { of: Registration; mail: boolean; onClose: () => void }) {
  const t = systemTexts.registration;
  const { of: one, mail, onClose } = props;
  const { companyName: name, email } = one;
  const of = useServerForm({
    start: { reason: '' },
    rules: postRegistrationsRefuse,
    body: trimmed,
    send: (body) => api.post(`${PATH}/${one.id}/refuse`, body),
    onDone: () => {
      changed();
      toast({ title: t.isRefused({ name }), tone: 'success' });
      onClose();
    },
    onFailed: changed,
  });
  return (
    <FormDialog title={t.refuseTitle({ name })} submit={t.refuse} danger of={of} onClose={onClose}>
      <p className="dialog-text">{mail ? t.refuseMailed({ email }) : t.refuseText({ email })}</p>
      <TextInput
        of={of}
        name="reason"
        label={t.reason}
        multiline
        minRows={3}
        autoFocus
        fullWidth
        margin="dense"
      />
    </FormDialog>
  );
}

interface Invited {
  expiresAt: string;
  url?: string;
}

function Invite({ mail, onClose }: { mail: boolean; onClose: () => void }) {
  const t = systemTexts.registration;
  const [url, setUrl] = useState<OneTimeLink | null>(null);
  const of = useServerForm({
    start: { email: '' },
    rules: postRegistrationsLinks,
    body: ({ email }) => ({
      language: currentLanguage(),
      ...(email.trim() && { email: email.trim() }),
    }),
    send: (body) => api.post<Invited>(`${PATH}/links`, body),
    onDone: (found) => {
      if (found.url) {
        setUrl({ purpose: 'invite', url: found.url, expiresAt: found.expiresAt });
        return;
      }
      toast({ title: t.invited({ email: of.form.getValues('email').trim() }), tone: 'success' });
      onClose();
    },
  });
  if (url)
    return (
      <Answer title={t.invite} onClose={onClose}>
        <LinkBox link={url} name={t.somebody} />
      </Answer>
    );
  return (
    <FormDialog title={t.invite} submit={mail ? t.send : t.makeLink} of={of} onClose={onClose}>
      <p className="dialog-text">{mail ? t.inviteMailed : t.inviteText}</p>
      {mail && (
        <TextInput
          of={of}
          name="email"
          label={t.email}
          type="email"
          autoComplete="off"
          autoFocus
          fullWidth
          margin="dense"
        />
      )}
    </FormDialog>
  );
}

function One(props: { of: Registration; onApprove: () => void; onRefuse: () => void }) {
  const t = systemTexts.registration;
  const { of: r } = props;
  return (
    <li className="registration">
      <div className="registration-about">
        <span className="company-name">
          <strong>{r.companyName}</strong>
          <span className="soft number">{r.companyCode}</span>
          {r.organization && <span className="soft">{r.organization}</span>}
        </span>
        <span>
          {r.name} · <a href={`mailto:${r.email}`}>{r.email}</a>
        </span>
        <span className="soft">
          {r.timeZone.replaceAll('_', ' ')} · {t.from({ address: r.address })} ·{' '}
          <Time iso={r.madeAt} />
        </span>
        {r.codeTaken && <span className="registration-fault">{t.codeTaken}</span>}
        {r.emailTaken && <span className="registration-fault">{t.emailTaken}</span>}
      </div>
      <div className="registration-actions">
        <Button
          variant="outlined"
          onClick={props.onRefuse}
          aria-label={t.refuseOf({ name: r.companyName })}
        >
          {t.refuse}
        </Button>
        <Button
          variant="contained"
          onClick={props.onApprove}
          aria-label={t.approveOf({ name: r.companyName })}
        >
          {t.approve}
        </Button>
      </div>
    </li>
  );
}

type Open = { what: 'approve' | 'refuse'; of: Registration } | { what: 'invite' } | null;

/** Above the companies, where there is something to see: somebody waits, or may be invited. */
export function Registrations() {
  const t = systemTexts.registration;
  const [open, setOpen] = useState<Open>(null);
  const { data } = useQuery<Found>(`${KEY}waiting`, (signal) =>
    api.get(PATH, { query: { limit: 200 }, signal }),
  );
  useEvents(['TenantRegistered', 'TenantRefused', 'TenantApproved', 'TenantCreated'], () =>
    invalidate(KEY),
  );
  if (!data || (data.registration === 'closed' && data.waiting === 0)) return null;
  const close = () => setOpen(null);
  return (
    <section className="registrations" aria-labelledby="registrations">
      <header>
        <h2 id="registrations">
          {t.title} <span className="soft number">{formatNumber(data.waiting)}</span>
        </h2>
        {data.registration !== 'closed' && (
          <Button variant="outlined" onClick={() => setOpen({ what: 'invite' })}>
            {t.invite}
          </Button>
        )}
      </header>
      {data.items.length === 0 ? (
        <p className="soft">{t.none}</p>
      ) : (
        <ul>
          {data.items.map((r) => (
            <One
              key={r.id}
              of={r}
              onApprove={() => setOpen({ what: 'approve', of: r })}
              onRefuse={() => setOpen({ what: 'refuse', of: r })}
            />
          ))}
        </ul>
      )}
      {open?.what === 'approve' && <Approve of={open.of} onClose={close} />}
      {open?.what === 'refuse' && <Refuse of={open.of} mail={data.mail} onClose={close} />}
      {open?.what === 'invite' && <Invite mail={data.mail} onClose={close} />}
    </section>
  );
}
