/** The menu of a choice: fetched after the first screen, because it brings half of MUI along. */
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import type { Option } from './choice';
import { Icon } from './icons';

export default function ChoiceMenu<V extends string>(props: {
  id: string;
  label: string;
  value: V;
  options: readonly Option<V>[];
  anchor: HTMLElement | null;
  onClose: () => void;
  onChange: (value: V) => void;
}) {
  return (
    <Menu
      id={props.id}
      anchorEl={props.anchor}
      open={props.anchor !== null}
      onClose={props.onClose}
      slotProps={{ list: { role: 'listbox', 'aria-label': props.label, dense: true } }}
    >
      {props.options.map((o) => (
        <MenuItem
          key={o.value}
          role="option"
          divider={false}
          selected={o.value === props.value}
          aria-selected={o.value === props.value}
          className={o.divider ? 'choice-divided' : undefined}
          onClick={() => {
            props.onClose();
            if (o.value !== props.value) props.onChange(o.value);
          }}
        >
          {o.mark}
          <span className="choice-option">{o.label}</span>
          {o.value === props.value && <Icon name="check" size={14} />}
        </MenuItem>
      ))}
    </Menu>
  );
}
