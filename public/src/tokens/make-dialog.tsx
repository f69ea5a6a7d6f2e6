/** Makes a token, one's own or a service's, and shows it this once. */
import { useState } from 'react';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import { postTokens } from '../api/resources';
import type { Items } from '../api/types';
import { texts } from '../text';
import { tokenTexts } from '../text/tokens';
import { ChoiceInput, TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { ShownOnce } from '../ui/shown-once';
import { Bars, ErrorLine } from '../ui/states';
import { ALL, ALL_KEY, exampleOf, OWN, OWN_KEY, type Made, type Scope } from './data';
import { ScopeBoxes } from './scope-boxes';
import './tokens.css';

const DAYS = ['7', '30', '90', '365'] as const;
const EMPTY = { name: '', days: '90', scopes: [] as string[] };

export default function MakeDialog({
  service = false,
  onClose,
}: {
  service?: boolean;
  onClose: () => void;
}) {
  const t = tokenTexts;
  const [made, setMade] = useState<Made | null>(null);
  const { data, error } = useQuery<Items<Scope>>('token-scopes', (signal) =>
    api.get(`${OWN}/scopes`, { signal }),
  );
  const of = useServerForm({
    start: EMPTY,
    rules: postTokens,
    body: ({ name, days, scopes }) => ({ name: name.trim(), days: Number(days), scopes }),
    send: (body) => api.post<Made>(service ? ALL : OWN, body),
    onDone: (found) => {
      invalidate(OWN_KEY);
      invalidate(ALL_KEY);
      setMade(found);
    },
  });
  if (made)
    return (
      <ShownOnce
        title={t.madeTitle({ name: of.form.getValues('name').trim() })}
        text={t.madeText}
        label={t.token}
        value={made.token}
        copy={t.copy}
        copied={t.copied}
        done={t.done}
        example={{ title: t.example, code: exampleOf(window.location.origin, made.token) }}
        onClose={onClose}
      />
    );
  return (
    <FormDialog
      title={service ? t.makeServiceTitle : t.makeTitle}
      submit={t.submit}
      wide
      of={of}
      onClose={onClose}
    >
      {service && <p className="dialog-text">{t.serviceText}</p>}
      <TextInput
        of={of}
        name="name"
        label={t.name}
        helperText={t.nameText}
        autoComplete="off"
        autoFocus
        fullWidth
        margin="dense"
      />
      <div className="token-days">
        <ChoiceInput
          of={of}
          name="days"
          label={t.days}
          keepLabel
          options={DAYS.map((value) => ({ value, label: t.daysOf({ n: Number(value) }) }))}
        />
      </div>
      {data ? (
        <ScopeBoxes of={of} scopes={data.items} />
      ) : error ? (
        <ErrorLine error={error} />
      ) : (
        <Bars rows={4} label={texts.loading} />
      )}
    </FormDialog>
  );
}
