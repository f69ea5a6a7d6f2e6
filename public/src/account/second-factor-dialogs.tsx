/** The dialogs of two-step sign-in. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId, useState } from 'react';
import { api } from '../api/client';
import { save } from '../api/download';
import { invalidate } from '../api/query';
import { postAuthSecondFactor } from '../api/resources';
import { CodeInput } from '../auth/code-input';
import { useMe } from '../auth/session';
import { accountTexts } from '../text/account';
import { toast } from '../toasts/store';
import { trimmed, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { FACTOR_KEY } from './second-factor';

export interface AppSecret {
  secret: string;
  uri: string;
  picture: string | null;
  size: number;
}

interface Codes {
  recoveryCodes: string[];
}

const PATH = '/api/auth/second-factor';
/** Light fields around it, without which cameras don't find it. */
const QUIET = 4;

/** Black on white in the dark theme, too: not every camera reads the reverse. */
function Picture({ app, label }: { app: AppSecret; label: string }) {
  if (app.picture === null) return null;
  const size = app.size + 2 * QUIET;
  return (
    <svg
      className="factor-picture"
      role="img"
      aria-label={label}
      viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`}
      shapeRendering="crispEdges"
    >
      <rect x={-QUIET} y={-QUIET} width={size} height={size} fill="#fff" />
      <path d={app.picture} fill="#000" />
    </svg>
  );
}

function Shown({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const t = accountTexts.factor;
  const me = useMe();
  const id = useId();
  const text = `${t.fileHead({ company: me.tenantName, email: me.email })}\n\n${codes.join('\n')}\n`;
  return (
    // No click beside it closes what is shown only once.
    <Dialog open fullWidth maxWidth="xs" aria-labelledby={id}>
      <DialogTitle id={id}>{t.codesTitle}</DialogTitle>
      <DialogContent>
        <p className="dialog-text">{t.codesText}</p>
        <ol className="factor-codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <Button
          variant="outlined"
          startIcon={<Icon name="download" />}
          onClick={() => save(new Blob([text], { type: 'text/plain' }), 'recovery-codes.txt')}
        >
          {t.download}
        </Button>
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          {t.saved}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function useCodeForm<R>(path: string, onDone: (answer: R) => void) {
  return useServerForm({
    start: { code: '' },
    rules: postAuthSecondFactor,
    body: trimmed,
    send: (body) => api.post<R>(path, body),
    onDone,
  });
}

function SetUp({
  app,
  onDone,
  onClose,
}: {
  app: AppSecret;
  onDone: (of: Codes) => void;
  onClose: () => void;
}) {
  const t = accountTexts.factor;
  const of = useCodeForm(`${PATH}/activate`, onDone);
  return (
    <FormDialog title={t.setUpTitle} submit={t.turnOn} of={of} onClose={onClose}>
      <p className="dialog-text">{t.scan}</p>
      <Picture app={app} label={t.picture} />
      <p className="dialog-text">
        {t.byHand} <code className="factor-secret">{app.secret.match(/.{4}/g)?.join(' ')}</code>
      </p>
      <p className="dialog-text">
        <a href={app.uri}>{t.here}</a>
      </p>
      <CodeInput of={of} label={t.code} />
    </FormDialog>
  );
}

function NewCodes({ onDone, onClose }: { onDone: (of: Codes) => void; onClose: () => void }) {
  const t = accountTexts.factor;
  const of = useCodeForm(`${PATH}/codes`, onDone);
  return (
    <FormDialog title={t.newCodesTitle} submit={t.newCodes} of={of} onClose={onClose}>
      <p className="dialog-text">{t.newCodesText}</p>
      <CodeInput of={of} label={t.codeOrRecovery} any />
    </FormDialog>
  );
}

function Remove({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = accountTexts.factor;
  const of = useCodeForm(`${PATH}/remove`, onDone);
  return (
    <FormDialog title={t.removeTitle} submit={t.remove} danger of={of} onClose={onClose}>
      <p className="dialog-text">{t.removeText}</p>
      <CodeInput of={of} label={t.codeOrRecovery} any />
    </FormDialog>
  );
}

export default function Dialogs(props: {
  what: 'codes' | 'remove' | AppSecret;
  onClose: () => void;
}) {
  const { what, onClose } = props;
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const made = (of: Codes) => {
    invalidate(FACTOR_KEY);
    setCodes(of.recoveryCodes);
  };
  const removed = () => {
    invalidate(FACTOR_KEY);
    toast({ title: accountTexts.factor.removed, tone: 'success' });
    onClose();
  };
  if (codes) return <Shown codes={codes} onClose={onClose} />;
  if (what === 'codes') return <NewCodes onDone={made} onClose={onClose} />;
  if (what === 'remove') return <Remove onDone={removed} onClose={onClose} />;
  return <SetUp app={what} onDone={made} onClose={onClose} />;
}
