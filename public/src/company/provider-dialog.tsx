/** Adds or changes a provider; "Check provider" shows before saving whether it answers. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormHelperText from '@mui/material/FormHelperText';
import TextField from '@mui/material/TextField';
import { useId, useState } from 'react';
import { useController, type Control, type FieldPath } from 'react-hook-form';
import { ApiError, api } from '../api/client';
import { invalidate } from '../api/query';
import { postCompanyProviders } from '../api/resources';
import { companyTexts } from '../text/company';
import { toast } from '../toasts/store';
import { ChoiceInput, FieldFault, TextInput, useServerForm } from '../ui/form';
import { Choice } from '../ui/choice';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { companyRoles, roleName } from '../ui/names';
import { PROVIDERS_KEY, PROVIDERS_PATH, type Provider } from './provider-data';

interface Values {
  name: string;
  issuer: string;
  clientId: string;
  secret: string;
  scopes: string;
  enabled: boolean;
  required: boolean;
  signsOut: boolean;
  domains: string;
  creates: boolean;
  links: boolean;
  roleClaim: string;
  roleMap: { value: string; role: string }[];
  defaultRoles: string;
}

const EMPTY: Values = {
  name: '',
  issuer: '',
  clientId: '',
  secret: '',
  scopes: 'openid email profile',
  enabled: true,
  required: false,
  signsOut: false,
  domains: '',
  creates: false,
  links: true,
  roleClaim: '',
  roleMap: [],
  defaultRoles: '',
};

const valuesOf = (p: Provider): Values => ({
  ...p,
  secret: '',
  domains: p.domains.join(' '),
  roleClaim: p.roleClaim ?? '',
  defaultRoles: p.defaultRoles[0] ?? '',
});

const bodyOf = (v: Values, keepsSecret: boolean) => ({
  name: v.name.trim(),
  issuer: v.issuer.trim(),
  clientId: v.clientId.trim(),
  ...(v.secret || !keepsSecret ? { secret: v.secret || null } : {}),
  scopes: v.scopes.trim(),
  enabled: v.enabled,
  required: v.required,
  signsOut: v.signsOut,
  domains: v.domains.split(/[\s,]+/).filter(Boolean),
  creates: v.creates,
  links: v.links,
  roleClaim: v.roleClaim.trim(),
  roleMap: v.roleMap
    .filter((m) => m.value.trim() || m.role)
    .map((m) => ({ ...m, value: m.value.trim() })),
  defaultRoles: v.defaultRoles ? [v.defaultRoles] : [],
});

function CheckInput(props: {
  control: Control<Values>;
  name: FieldPath<Values>;
  label: string;
  helperText?: string;
}) {
  const { field } = useController({ name: props.name, control: props.control });
  const id = useId();
  return (
    <div>
      <FormControlLabel
        label={props.label}
        control={
          <Checkbox
            size="small"
            checked={field.value === true}
            onChange={(e) => field.onChange(e.target.checked)}
            slotProps={{
              input: { ref: field.ref, 'aria-describedby': props.helperText ? id : undefined },
            }}
          />
        }
      />
      {props.helperText && <FormHelperText id={id}>{props.helperText}</FormHelperText>}
    </div>
  );
}

function RoleMap({ control }: { control: Control<Values> }) {
  const t = companyTexts.providers;
  const { field, fieldState } = useController({ name: 'roleMap', control });
  const rows = field.value;
  const set = (i: number, part: Partial<Values['roleMap'][number]>) =>
    field.onChange(rows.map((row, n) => (n === i ? { ...row, ...part } : row)));
  const roles = companyRoles();
  return (
    <div className="provider-map">
      {rows.map((row, i) => (
        <div key={i}>
          <TextField
            size="small"
            label={t.value}
            value={row.value}
            onChange={(e) => set(i, { value: e.target.value })}
          />
          <Choice
            label={t.role}
            keepLabel
            value={row.role}
            onChange={(role) => set(i, { role })}
            options={roles.map((value) => ({ value, label: roleName(value) }))}
          />
          <Button
            color="inherit"
            aria-label={t.removeRow({ value: row.value })}
            onClick={() => field.onChange(rows.filter((_, n) => n !== i))}
          >
            <Icon name="close" size={14} />
          </Button>
        </div>
      ))}
      <Button
        startIcon={<Icon name="plus" size={14} />}
        onClick={() => field.onChange([...rows, { value: '', role: roles[0] ?? '' }])}
      >
        {t.addRow}
      </Button>
      <FieldFault id="provider-map-fault" text={fieldState.error?.message} />
    </div>
  );
}

export default function ProviderDialog(props: {
  provider?: Provider;
  signedOutUri: string;
  onClose: () => void;
}) {
  const t = companyTexts.providers;
  const { provider, onClose } = props;
  const [checked, setChecked] = useState<string | null>(null);
  const of = useServerForm({
    start: provider ? valuesOf(provider) : EMPTY,
    rules: postCompanyProviders,
    body: (v: Values) => bodyOf(v, provider?.hasSecret ?? false),
    send: (body) =>
      provider
        ? api.put<Provider>(`${PROVIDERS_PATH}/${provider.id}`, {
            ...body,
            version: provider.version,
          })
        : api.post<Provider>(PROVIDERS_PATH, body),
    onDone: (saved) => {
      invalidate(PROVIDERS_KEY);
      toast({ title: t.saved({ name: saved.name }), tone: 'success' });
      onClose();
    },
  });
  const { control } = of.form;
  const check = async () => {
    setChecked(null);
    of.fail(null);
    try {
      const found = await api.post<{ keys: number }>('/api/auth/oidc/check', {
        issuer: of.form.getValues('issuer').trim(),
      });
      setChecked(t.checked({ n: found.keys }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      of.fail(error);
    }
  };
  const text = (name: FieldPath<Values>, label: string, more = {}) => (
    <TextInput
      of={of}
      name={name}
      label={label}
      fullWidth
      margin="dense"
      size="small"
      autoComplete="off"
      {...more}
    />
  );
  return (
    <FormDialog
      title={provider ? t.editTitle({ name: provider.name }) : t.addTitle}
      submit={t.save}
      wide
      of={of}
      onClose={onClose}
    >
      {text('name', t.name, { autoFocus: true })}
      {text('issuer', t.issuer, {
        helperText: provider ? t.issuerFixed : t.issuerText,
        disabled: provider !== undefined,
      })}
      <Button variant="outlined" onClick={() => void check()}>
        {t.check}
      </Button>
      <p role="status" className="provider-checked">
        {checked}
      </p>
      {text('clientId', t.clientId)}
      {text('secret', t.secret, {
        type: 'password',
        autoComplete: 'new-password',
        helperText: provider?.hasSecret ? t.secretKept : t.secretText,
      })}
      {text('scopes', t.scopes)}
      <CheckInput control={control} name="enabled" label={t.enabled} />
      <CheckInput
        control={control}
        name="required"
        label={t.required}
        helperText={t.requiredText}
      />
      <CheckInput
        control={control}
        name="signsOut"
        label={t.signsOut}
        helperText={t.signsOutText({ uri: props.signedOutUri })}
      />
      <h3 className="provider-part">{t.accounts}</h3>
      {text('domains', t.domains, { helperText: t.domainsText, required: false })}
      <div className="provider-checks">
        <CheckInput control={control} name="links" label={t.links} />
        <CheckInput control={control} name="creates" label={t.creates} />
      </div>
      <h3 className="provider-part">{t.roles}</h3>
      {text('roleClaim', t.roleClaim, { helperText: t.roleClaimText, required: false })}
      <RoleMap control={control} />
      <ChoiceInput
        of={of}
        name="defaultRoles"
        label={t.default}
        keepLabel
        options={[
          { value: '', label: t.noDefault },
          ...companyRoles().map((value) => ({ value, label: roleName(value) })),
        ]}
      />
    </FormDialog>
  );
}
