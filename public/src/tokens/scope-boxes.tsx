/** What a token may: permissions by where they come from, with a search. */
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import { useId, useState } from 'react';
import { useController, type FieldPath, type UseFormReturn } from 'react-hook-form';
import { tokenTexts } from '../text/tokens';
import { FieldFault } from '../ui/form';
import { scopeGroups, type Scope } from './data';

/** The field `scopes` of a form. */
export function ScopeBoxes<V extends { scopes: string[] }>({
  of,
  scopes,
}: {
  of: { form: UseFormReturn<V> };
  scopes: readonly Scope[];
}) {
  const t = tokenTexts;
  const id = useId();
  const [q, setQ] = useState('');
  const { field, fieldState } = useController({
    name: 'scopes' as FieldPath<V>,
    control: of.form.control,
  });
  const chosen = field.value as readonly string[];
  const groups = scopeGroups(scopes, q);
  return (
    <fieldset className="scope-boxes" aria-describedby={id}>
      <legend>{t.scopes}</legend>
      <TextField
        label={t.findScopes}
        type="search"
        size="small"
        fullWidth
        margin="dense"
        value={q}
        onChange={(e) => setQ(e.target.value)}
        // Enter searches here and makes no token.
        onKeyDown={(e) => e.key === 'Enter' && e.preventDefault()}
      />
      <div className="scope-list">
        {groups.map((group, g) => (
          <div key={group.source} role="group" aria-labelledby={`${id}-${group.source}`}>
            <p id={`${id}-${group.source}`} className="scope-source">
              {group.title}
              {!group.enabled && <span className="soft"> · {t.off}</span>}
            </p>
            {group.scopes.map((scope, i) => (
              <FormControlLabel
                key={scope.name}
                className="scope"
                label={
                  <>
                    {scope.label} <code className="soft">{scope.name}</code>
                  </>
                }
                control={
                  <Checkbox
                    size="small"
                    checked={chosen.includes(scope.name)}
                    slotProps={{
                      input: {
                        'aria-invalid': fieldState.invalid,
                        'aria-describedby': id,
                        ...(g === 0 && i === 0 && { ref: field.ref }),
                      },
                    }}
                    onChange={(e) =>
                      field.onChange(
                        e.target.checked
                          ? [...chosen, scope.name]
                          : chosen.filter((other) => other !== scope.name),
                      )
                    }
                  />
                }
              />
            ))}
          </div>
        ))}
        {groups.length === 0 && <p className="soft">{t.noScopes}</p>}
      </div>
      <p className="soft" aria-live="polite">
        {t.chosen({ n: chosen.length })}
      </p>
      <FieldFault id={id} text={fieldState.error?.message} />
    </fieldset>
  );
}
