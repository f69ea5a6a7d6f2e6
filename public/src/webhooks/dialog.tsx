/** A webhook: made, and then its secret shown this once; or changed. */
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useId, useState } from 'react';
import { useController, type Control } from 'react-hook-form';
import { api } from '../api/client';
import { patchWebhooks, postWebhooks, type Webhook } from '../api/resources';
import { texts } from '../text';
import { webhookTexts } from '../text/webhooks';
import { FieldFault, TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { ShownOnce } from '../ui/shown-once';
import { Bars, ErrorLine } from '../ui/states';
import {
  ALL_EVENTS,
  eventGroups,
  eventName,
  exampleOf,
  forgetWebhooks,
  PATH,
  useEventTypes,
} from './data';
import './webhooks.css';

interface Written {
  name: string;
  url: string;
  events: string[];
}

export function SecretShown(props: { name: string; secret: string; onClose: () => void }) {
  const t = webhookTexts;
  const { name, secret, onClose } = props;
  return (
    <ShownOnce
      title={t.secretTitle({ name })}
      text={t.secretText}
      label={t.secret}
      value={secret}
      copy={t.copy}
      copied={t.copied}
      done={t.done}
      example={{ title: t.check, code: exampleOf(secret) }}
      onClose={onClose}
    />
  );
}

/** The field `events` of the form: all of them, or some. */
function EventBoxes({ control }: { control: Control<Written> }) {
  const t = webhookTexts;
  const id = useId();
  const { data, error } = useEventTypes();
  const { field, fieldState } = useController({ name: 'events', control });
  const chosen = field.value;
  const has = (type: string) => chosen.includes(type);
  const toggle = (type: string, on: boolean) =>
    field.onChange(on ? [...chosen, type] : chosen.filter((c) => c !== type));
  const isAll = has(ALL_EVENTS);
  return (
    <fieldset className="hook-events" aria-describedby={id}>
      <legend>{t.events}</legend>
      <FormControlLabel
        label={t.all}
        control={
          <Checkbox
            size="small"
            checked={isAll}
            // A fault of the field brings the focus here.
            slotProps={{ input: { ref: field.ref } }}
            onChange={(_, on) => field.onChange(on ? [ALL_EVENTS] : [])}
          />
        }
      />
      {isAll ? null : data ? (
        <div className="hook-event-list">
          {eventGroups(data.items, chosen).map((group) => (
            <div key={group.source} role="group" aria-labelledby={`${id}-${group.source}`}>
              <p id={`${id}-${group.source}`} className="hook-source">
                {group.title}
              </p>
              {group.types.map((type) => (
                <FormControlLabel
                  key={type}
                  className="hook-event"
                  label={
                    eventName(type) === type ? (
                      type
                    ) : (
                      <>
                        {eventName(type)} <code className="soft">{type}</code>
                      </>
                    )
                  }
                  control={
                    <Checkbox
                      size="small"
                      checked={has(type)}
                      onChange={(_, on) => toggle(type, on)}
                    />
                  }
                />
              ))}
            </div>
          ))}
        </div>
      ) : error ? (
        <ErrorLine error={error} />
      ) : (
        <Bars rows={4} label={texts.loading} />
      )}
      <p className="soft" aria-live="polite">
        {!isAll && t.chosen({ n: chosen.length })}
      </p>
      <FieldFault id={id} text={fieldState.error?.message} />
    </fieldset>
  );
}

export default function WebhookDialog({ hook, onClose }: { hook?: Webhook; onClose: () => void }) {
  const t = webhookTexts;
  const [made, setMade] = useState<{ secret: string } | null>(null);
  const of = useServerForm({
    start: hook
      ? { name: hook.name, url: hook.url, events: hook.events }
      : { name: '', url: 'https://', events: [] as string[] },
    rules: hook ? patchWebhooks : postWebhooks,
    body: ({ name, url, events }: Written) => ({ name: name.trim(), url: url.trim(), events }),
    send: (body) =>
      hook
        ? api
            .patch(`${PATH}/${hook.id}`, body, { headers: { 'If-Match': `"${hook.version}"` } })
            .then(() => null)
        : api.post<{ secret: string }>(PATH, body),
    onDone: (answer) => {
      forgetWebhooks();
      if (answer) setMade(answer);
      else onClose();
    },
  });
  if (made)
    return (
      <SecretShown name={of.form.getValues('name').trim()} secret={made.secret} onClose={onClose} />
    );
  return (
    <FormDialog
      title={hook ? t.editTitle : t.addTitle}
      submit={hook ? texts.save : t.create}
      wide
      of={of}
      onClose={onClose}
    >
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
      <TextInput
        of={of}
        name="url"
        label={t.url}
        helperText={t.urlText}
        type="url"
        autoComplete="off"
        fullWidth
        margin="dense"
      />
      <EventBoxes control={of.form.control} />
    </FormDialog>
  );
}
