/** Roles of a person; which ones somebody may give is the server's to say, and what nobody can give here isn't offered. */
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useId } from 'react';
import { useController, type FieldPath, type UseFormReturn } from 'react-hook-form';
import { accountTexts } from '../text/account';
import { FieldFault } from '../ui/form';
import { companyRoles, roleName } from '../ui/names';

/** The field `roles` of a form. */
export function RoleBoxes<V extends { roles: string[] }>({
  of,
}: {
  of: { form: UseFormReturn<V> };
}) {
  const id = useId();
  const { field, fieldState } = useController({
    name: 'roles' as FieldPath<V>,
    control: of.form.control,
  });
  const roles = field.value as readonly string[];
  return (
    <fieldset className="role-boxes" aria-describedby={id}>
      <legend>{accountTexts.people.roles}</legend>
      {companyRoles().map((role, i) => (
        <FormControlLabel
          key={role}
          label={roleName(role)}
          control={
            <Checkbox
              size="small"
              checked={roles.includes(role)}
              slotProps={{
                input: {
                  'aria-invalid': fieldState.invalid,
                  'aria-describedby': id,
                  ...(i === 0 && { ref: field.ref }),
                },
              }}
              onChange={(e) =>
                field.onChange(
                  e.target.checked ? [...roles, role] : roles.filter((other) => other !== role),
                )
              }
            />
          }
        />
      ))}
      <FieldFault id={id} text={fieldState.error?.message} />
    </fieldset>
  );
}
