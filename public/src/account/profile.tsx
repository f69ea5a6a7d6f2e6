/** Name and phone, which others see, and how the pages are for this person. */
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { api } from '../api/client';
import { invalidate } from '../api/query';
import { patchMe } from '../api/resources';
import type { Me } from '../api/types';
import { useMe, useSession } from '../auth/session';
import {
  currentLanguage,
  formatDate,
  formatNumber,
  LANGUAGE_KEYS,
  LANGUAGES,
  texts,
  type Language,
} from '../text';
import { accountTexts } from '../text/account';
import { fieldTexts } from '../text/fields';
import { menuTexts } from '../text/menu';
import { toast } from '../toasts/store';
import { Avatar } from '../ui/avatar';
import { CodeChoice, localeName, zoneName, zones } from '../ui/code-choice';
import { FormError, TextInput, useServerForm } from '../ui/form';
import { ImageField } from '../ui/image-field';
import { MODES, useMode, type Mode } from '../ui/mode';
import { roleNames } from '../ui/names';
import { usePreferences } from './preferences';
import { Section } from './section';

export function Profile() {
  const t = accountTexts.own;
  const me = useMe();
  const { enter } = useSession();
  const of = useServerForm({
    start: { name: me.name, phone: me.phone ?? '' },
    rules: patchMe,
    body: ({ name, phone }) => ({ name: name.trim(), phone: phone.trim() || null }),
    send: (body) => api.patch<Me>('/api/me', body),
    onDone: (fresh) => {
      enter(fresh);
      of.form.reset({ name: fresh.name, phone: fresh.phone ?? '' });
      invalidate('users');
      toast({ title: t.saved, tone: 'success', tag: 'profile' });
    },
  });
  return (
    <Section title={t.profile}>
      <p className="account-text">
        {roleNames(me.roles)} · {me.tenantName}
      </p>
      <ImageField
        label={t.photo}
        path="/api/me/photo"
        shape={{ side: 384, fill: true, type: 'image/jpeg' }}
        shown={<Avatar name={me.name} id={me.id} />}
        has={me.photo !== undefined}
        onDone={(photo) => {
          const { photo: _, ...rest } = me;
          enter(photo ? { ...rest, photo } : rest);
        }}
      />
      <form className="account-form" noValidate onSubmit={(e) => void of.submit(e)}>
        <TextInput
          of={of}
          name="name"
          label={accountTexts.people.name}
          autoComplete="name"
          required
        />
        <TextInput of={of} name="phone" label={t.phone} type="tel" autoComplete="tel" />
        <FormError of={of} />
        <Button type="submit" variant="contained" loading={of.busy}>
          {texts.save}
        </Button>
      </form>
    </Section>
  );
}

export function Preferences() {
  const t = accountTexts.own;
  const mode = useMode();
  const me = useMe();
  const { setLanguage, setTheme, setZone, setLocale } = usePreferences();
  return (
    <Section title={t.preferences}>
      <p className="account-text">{t.preferencesText}</p>
      <div className="account-form">
        <TextField
          select
          label={menuTexts.language}
          value={currentLanguage()}
          onChange={(e) => void setLanguage(e.target.value as Language)}
        >
          {LANGUAGE_KEYS.map((l) => (
            <MenuItem key={l} value={l} lang={l}>
              {LANGUAGES[l]}
            </MenuItem>
          ))}
        </TextField>
        <CodeChoice
          label={t.locale}
          codes={patchMe.locale.oneOf}
          nameOf={localeName}
          nothing={
            me.tenantLocale ? t.asCompanyIs({ name: localeName(me.tenantLocale) }) : t.asBrowser
          }
          value={me.locale ?? ''}
          onChange={(locale) => void setLocale(locale || null)}
          helperText={t.localeText({
            date: formatDate(new Date(), { dateStyle: 'short', timeStyle: 'short' }),
            number: formatNumber(12345.6),
          })}
        />
        <CodeChoice
          label={t.zone}
          codes={zones(me.timeZone, me.ownTimeZone)}
          nameOf={zoneName}
          nothing={t.asCompanyIs({ name: zoneName(me.timeZone) })}
          placeholder={fieldTexts.findZone}
          value={me.ownTimeZone ?? ''}
          onChange={(zone) => void setZone(zone || null)}
          helperText={t.zoneText}
        />
        <TextField
          select
          label={menuTexts.theme}
          value={mode}
          onChange={(e) => void setTheme(e.target.value as Mode)}
        >
          {MODES.map((m) => (
            <MenuItem key={m} value={m}>
              {menuTexts.modes[m]}
            </MenuItem>
          ))}
        </TextField>
      </div>
    </Section>
  );
}
