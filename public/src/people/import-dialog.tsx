/** Invites the people of a CSV file: what would happen line by line, then the links or that mails are on their way. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import { useId, useState } from 'react';
import { api } from '../api/client';
import { save } from '../api/download';
import { invalidate } from '../api/query';
import { texts, translate, type Text } from '../text';
import { accountTexts } from '../text/account';
import { FormError, useServerForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { roleNames } from '../ui/names';
import './people-dialogs.css';

interface Item {
  line: number;
  name: string;
  email: string;
  roles: string[];
  teams: string[];
  faults: { field: string; detail: string; text?: Text }[];
  link?: { url: string; expiresAt: string };
}

interface Imported {
  done: boolean;
  byMail: boolean;
  ready: number;
  faulty: number;
  items: Item[];
}

/** A cell that a spreadsheet takes for text, whatever it begins with. */
export function cell(text: string): string {
  const safe = /^[=+\-@\t\r']/.test(text) ? `'${text}` : text;
  return /[",;\r\n]/.test(safe) || safe !== text ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export const linksOf = (items: readonly Pick<Item, 'name' | 'email' | 'link'>[]): string =>
  [
    'name,email,link,expires',
    ...items.flatMap((i) =>
      i.link ? [[i.name, i.email, i.link.url, i.link.expiresAt].map(cell).join(',')] : [],
    ),
  ].join('\r\n') + '\r\n';

const send = (csv: string, query: Record<string, boolean>) =>
  api.post<Imported>('/api/users.csv', new Blob([csv], { type: 'text/csv' }), {
    query,
    deadline: 60_000,
  });

function Lines({ items }: { items: readonly Item[] }) {
  const t = accountTexts.import;
  return (
    <div className="import-lines" tabIndex={0} role="region" aria-label={t.title}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t.line}</th>
            <th scope="col">{t.person}</th>
            <th scope="col">{t.state}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((i) => (
            <tr key={i.line} data-bad={i.faults.length > 0}>
              <td className="number">{i.line}</td>
              <td>
                <strong>{i.name}</strong>
                <div className="soft">{i.email}</div>
                <div className="soft">
                  {[roleNames(i.roles), ...i.teams].filter(Boolean).join(', ')}
                </div>
              </td>
              <td>
                {i.faults.length === 0
                  ? t.good
                  : i.faults.map((f) => (
                      <div key={f.field + f.detail} className="error-line">
                        {f.field && `${f.field}: `}
                        {translate(f.text, f.detail)}
                      </div>
                    ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Done({ made, onClose }: { made: Imported; onClose: () => void }) {
  const t = accountTexts.import;
  const links = made.items.some((i) => i.link);
  return (
    <>
      <DialogContent>
        <p className="dialog-text" role="status">
          {made.byMail ? t.doneMail : t.doneLinks}
        </p>
        {links && (
          <Button
            variant="outlined"
            startIcon={<Icon name="download" />}
            onClick={() =>
              save(new Blob(['\ufeff', linksOf(made.items)], { type: 'text/csv' }), t.fileName)
            }
          >
            {t.save}
          </Button>
        )}
        {made.faulty > 0 && <Lines items={made.items.filter((i) => i.faults.length > 0)} />}
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          {accountTexts.people.done}
        </Button>
      </DialogActions>
    </>
  );
}

export default function ImportDialog({ onClose }: { onClose: () => void }) {
  const t = accountTexts.import;
  const id = useId();
  const [csv, setCsv] = useState('');
  const [seen, setSeen] = useState<Imported | null>(null);
  const [skip, setSkip] = useState(false);
  const [empty, setEmpty] = useState(false);
  const of = useServerForm({
    send: () => (seen ? send(csv, { skip }) : send(csv, { dryRun: true })),
    onDone: (answer: Imported) => {
      setSeen(answer);
      if (answer.done) invalidate('users');
    },
  });
  const ready = seen && (seen.faulty === 0 || skip) ? seen.ready : 0;
  return (
    <Dialog open fullWidth maxWidth="md" onClose={() => !of.busy && onClose()} aria-labelledby={id}>
      <DialogTitle id={id}>{seen?.done ? t.doneTitle({ n: seen.ready }) : t.title}</DialogTitle>
      {seen?.done ? (
        <Done made={seen} onClose={onClose} />
      ) : (
        <form
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            setEmpty(!csv.trim());
            if (csv.trim()) void of.submit(e);
          }}
        >
          <DialogContent>
            {!seen ? (
              <>
                <p className="dialog-text">{t.hint}</p>
                <Button component="label" variant="outlined" startIcon={<Icon name="upload" />}>
                  {t.file}
                  <input
                    type="file"
                    accept=".csv,text/csv"
                    className="visually-hidden"
                    onChange={(e) => {
                      void e.target.files?.[0]?.text().then(setCsv);
                      e.target.value = '';
                    }}
                  />
                </Button>
                <TextField
                  label={t.paste}
                  value={csv}
                  onChange={(e) => setCsv(e.target.value)}
                  multiline
                  minRows={5}
                  maxRows={12}
                  fullWidth
                  margin="normal"
                  error={empty && !csv.trim()}
                  helperText={empty && !csv.trim() ? t.nothing : undefined}
                  slotProps={{ htmlInput: { className: 'import-text', spellCheck: false } }}
                />
              </>
            ) : (
              <>
                <p className="dialog-text" role="status">
                  {t.ready({ n: seen.ready })}
                  {seen.faulty > 0 && `; ${t.faulty({ n: seen.faulty })}`}
                </p>
                <Lines items={seen.items} />
                {seen.faulty > 0 && seen.ready > 0 && (
                  <>
                    <FormControlLabel
                      label={t.skip}
                      control={
                        <Checkbox checked={skip} onChange={(e) => setSkip(e.target.checked)} />
                      }
                    />
                    <p className="soft">{t.skipText}</p>
                  </>
                )}
              </>
            )}
            <FormError of={of} />
          </DialogContent>
          <DialogActions>
            {seen && (
              <Button
                color="inherit"
                disabled={of.busy}
                onClick={() => {
                  setSeen(null);
                  of.fail(null);
                }}
              >
                {t.back}
              </Button>
            )}
            <Button color="inherit" onClick={onClose} disabled={of.busy}>
              {texts.cancel}
            </Button>
            <Button
              type="submit"
              variant="contained"
              loading={of.busy}
              disabled={seen !== null && ready === 0}
            >
              {!seen ? t.check : ready ? t.invite({ n: ready }) : t.inviteNone}
            </Button>
          </DialogActions>
        </form>
      )}
    </Dialog>
  );
}
