/** What is done with a role: made, copied, renamed and described, deleted. */
import MenuItem from '@mui/material/MenuItem';
import type { FieldPath, UseFormReturn } from 'react-hook-form';
import { api } from '../api/client';
import { invalidate, useQuery } from '../api/query';
import { patchRoles, postRoles } from '../api/resources';
import type { Rules } from '../api/rules';
import type { Items, User } from '../api/types';
import { texts } from '../text';
import { roleTexts } from '../text/roles';
import { toast } from '../toasts/store';
import { TextInput, useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { companyRoles, roleName } from '../ui/names';
import { Bars, ErrorLine } from '../ui/states';
import { KEY, type Role } from './data';

export type RoleAction = { what: 'new' } | { what: 'copy' | 'edit' | 'delete'; role: Role };

interface Props {
  role: Role;
  onClose: () => void;
}

const pathOf = (role: Role) => `/api/roles/${role.role}`;
/** If somebody else changed the role meanwhile, the server refuses. */
const ifUnchanged = (role: Role) => ({ headers: { 'If-Match': `"${role.version}"` } });

/** What is written about a role. */
interface Written {
  label: string;
  description: string;
}

const written = ({ label, description }: Written) => ({
  label: label.trim(),
  description: description.trim() || null,
});

function Fields<V extends Written>({ of }: { of: { form: UseFormReturn<V>; rules: Rules } }) {
  return (
    <>
      <TextInput
        of={of}
        name={'label' as FieldPath<V>}
        label={roleTexts.name}
        autoComplete="off"
        autoFocus
        required
        fullWidth
        margin="dense"
      />
      <TextInput
        of={of}
        name={'description' as FieldPath<V>}
        label={roleTexts.description}
        autoComplete="off"
        multiline
        fullWidth
        margin="dense"
      />
    </>
  );
}

function Make({ copied, onClose }: { copied?: Role | undefined; onClose: () => void }) {
  const name = copied && roleName(copied.role);
  const of = useServerForm({
    start: {
      label: name ? roleTexts.copyOf({ role: name }) : '',
      description: copied?.description ?? '',
      copyOf: copied?.role ?? '',
    },
    rules: postRoles,
    body: (values) => ({ ...written(values), copyOf: values.copyOf || null }),
    send: (body) => api.post<Role>('/api/roles', body),
    onDone: ({ label }) => {
      invalidate(KEY);
      toast({ title: roleTexts.made({ role: label }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog
      title={name ? roleTexts.copyTitle({ role: name }) : roleTexts.newTitle}
      submit={roleTexts.create}
      of={of}
      onClose={onClose}
    >
      <Fields of={of} />
      <TextInput
        of={of}
        name="copyOf"
        label={roleTexts.startsWith}
        select
        fullWidth
        margin="dense"
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        <MenuItem value="">{roleTexts.nothing}</MenuItem>
        {companyRoles().map((role) => (
          <MenuItem key={role} value={role}>
            {roleTexts.permissionsOf({ role: roleName(role) })}
          </MenuItem>
        ))}
      </TextInput>
    </FormDialog>
  );
}

function Edit({ role, onClose }: Props) {
  const of = useServerForm({
    start: { label: role.label, description: role.description ?? '' },
    rules: patchRoles,
    body: written,
    send: (body) => api.patch<Role>(pathOf(role), body, ifUnchanged(role)),
    onDone: ({ label }) => {
      invalidate(KEY);
      toast({ title: roleTexts.saved({ role: label }), tone: 'success' });
      onClose();
    },
  });
  return (
    <FormDialog
      title={roleTexts.editTitle({ role: role.label })}
      submit={texts.save}
      of={of}
      onClose={onClose}
    >
      <Fields of={of} />
    </FormDialog>
  );
}

function Remove({ role, onClose }: Props) {
  const { data, error } = useQuery<Items<User>>(`role-people/${role.role}`, (signal) =>
    api.get('/api/users', { signal, query: { role: role.role } }),
  );
  const n = data?.items.length ?? 0;
  const of = useServerForm({
    start: { reassign: '' },
    check: ({ reassign }) =>
      n > 0 && !reassign ? { reassign: roleTexts.chooseOther } : ({} as Record<string, string>),
    send: ({ reassign }) =>
      api.del(pathOf(role), { ...ifUnchanged(role), query: n > 0 ? { reassign } : {} }),
    onDone: () => {
      invalidate(KEY);
      invalidate('users');
      toast({ title: roleTexts.deleted({ role: role.label }), tone: 'success' });
      onClose();
    },
  });
  const others = companyRoles().filter((other) => other !== role.role);
  return (
    <FormDialog
      title={roleTexts.deleteTitle({ role: role.label })}
      submit={roleTexts.delete}
      danger
      of={of}
      onClose={onClose}
    >
      {!data && !error && <Bars rows={1} label={texts.loading} />}
      <ErrorLine error={data ? null : error} />
      {data && <p className="dialog-text">{roleTexts.deleteText({ n })}</p>}
      {n > 0 && (
        <TextInput
          of={of}
          name="reassign"
          label={roleTexts.other}
          select
          required
          fullWidth
          margin="dense"
        >
          {others.map((other) => (
            <MenuItem key={other} value={other}>
              {roleName(other)}
            </MenuItem>
          ))}
        </TextInput>
      )}
    </FormDialog>
  );
}

export default function RoleDialog({
  action,
  onClose,
}: {
  action: RoleAction;
  onClose: () => void;
}) {
  switch (action.what) {
    case 'new':
      return <Make onClose={onClose} />;
    case 'copy':
      return <Make copied={action.role} onClose={onClose} />;
    case 'edit':
      return <Edit role={action.role} onClose={onClose} />;
    case 'delete':
      return <Remove role={action.role} onClose={onClose} />;
  }
}
