/** A one-time link, which the server shows this once, to be handed over, or the note that it was mailed. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { accountTexts } from '../text/account';
import { Icon } from '../ui/icons';
import { deadline } from '../ui/time';

export interface OneTimeLink {
  purpose: 'invite' | 'reset';
  url: string;
  expiresAt: string;
}

export interface SentMail {
  purpose: 'invite' | 'reset';
  address: string;
}

export function MailNote({ mail }: { mail: SentMail }) {
  const t = accountTexts.people;
  const { address } = mail;
  return (
    <>
      <p className="dialog-text">
        {(mail.purpose === 'invite' ? t.sentInvite : t.sentReset)({ address })}
      </p>
      <p className="soft">{t.sentText}</p>
    </>
  );
}

export function LinkBox({ link, name }: { link: OneTimeLink; name: string }) {
  const t = accountTexts.people;
  const [copied, setCopied] = useState(false);
  const copy = () => {
    // A page that isn't served by https has no clipboard: the field's text can be copied by hand.
    void navigator.clipboard?.writeText(link.url).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <div className="link-box">
      <p className="dialog-text">
        {(link.purpose === 'invite' ? t.linkInvite : t.linkReset)({ name })}
      </p>
      <TextField
        label={t.link}
        fullWidth
        margin="dense"
        value={link.url}
        onFocus={(e) => e.target.select()}
        slotProps={{ htmlInput: { readOnly: true, className: 'link-text' } }}
      />
      <p className="soft">{t.linkUntil({ time: deadline(link.expiresAt) })}</p>
      <Button
        variant="outlined"
        onClick={copy}
        startIcon={<Icon name={copied ? 'check' : 'link'} />}
      >
        <span aria-live="polite">{copied ? t.copied : t.copy}</span>
      </Button>
    </div>
  );
}
