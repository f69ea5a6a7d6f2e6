/** The list of a picker: MUI's autocomplete, standing open in a popover. Fetched after the first screen. */
import Autocomplete from '@mui/material/Autocomplete';
import InputBase from '@mui/material/InputBase';
import Popover from '@mui/material/Popover';
import type { ComponentType, HTMLAttributes } from 'react';
import { texts } from '../text';
import type { Option } from '../ui/choice';
import { Icon } from '../ui/icons';
import type { PickerProps } from './picker';
import './picker.css';

/** It stands below its search box, not over the page. */
const Inline = ({ children }: Pick<HTMLAttributes<HTMLElement>, 'children'>) => <>{children}</>;

export default function PickerMenu(
  props: PickerProps & { anchor: HTMLElement | null; onClose: () => void },
) {
  const { options, value, multiple = false } = props;
  const chosen = options.filter((o) => value.includes(o.value));
  const choose = (next: Option<string>[]) => {
    if (!multiple) props.onClose();
    props.onChange(next.map((o) => o.value));
  };
  return (
    <Popover
      open={props.anchor !== null}
      anchorEl={props.anchor}
      onClose={props.onClose}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
      slotProps={{ paper: { className: 'picker', role: 'dialog', 'aria-label': props.label } }}
    >
      <Autocomplete<Option<string>, true, true>
        open
        multiple
        disableCloseOnSelect
        disableClearable
        autoHighlight
        options={options}
        // One that is chosen takes the place of the other.
        value={chosen}
        onChange={(_, next, reason, details) => {
          const one = details?.option;
          if (multiple) choose(next);
          else if (one && reason !== 'removeOption') choose([one]);
          else props.onClose();
        }}
        onClose={(_, reason) => {
          if (reason === 'escape') props.onClose();
        }}
        getOptionLabel={(o) => o.label}
        getOptionKey={(o) => o.value}
        isOptionEqualToValue={(a, b) => a.value === b.value}
        noOptionsText={texts.tickets.noOption}
        renderTags={() => null}
        renderOption={({ key, ...rest }, o, state) => (
          <li key={key} {...rest} data-divider={o.divider ?? false}>
            {o.mark}
            <span className="choice-option">{o.label}</span>
            {state.selected && <Icon name="check" size={14} />}
          </li>
        )}
        // The types of a popper's children have a function as well, which the autocomplete never gives.
        slots={{ popper: Inline as ComponentType, paper: Inline }}
        slotProps={{ listbox: { 'aria-label': props.label, 'aria-multiselectable': multiple } }}
        renderInput={(params) => (
          <InputBase
            ref={params.InputProps.ref}
            autoFocus
            fullWidth
            className="picker-search"
            placeholder={texts.tickets.find}
            inputProps={{
              ...params.inputProps,
              'aria-label': `${texts.tickets.find}: ${props.label}`,
              // Backspace in an empty box takes the last value away there; nobody expects it here.
              onKeyDown: (e) => {
                if (e.key === 'Backspace') e.stopPropagation();
              },
            }}
          />
        )}
      />
    </Popover>
  );
}
