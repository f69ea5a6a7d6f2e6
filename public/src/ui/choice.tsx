/** A button that shows a value and opens a menu to choose another: for filters and for fields. */
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useId, useState, type ReactNode } from 'react';
import { Icon } from './icons';

export interface Option<V extends string> {
  value: V;
  label: string;
  mark?: ReactNode;
  /** Draws a line above. */
  divider?: boolean;
}

export function Choice<V extends string>(props: {
  label: string;
  value: V;
  options: readonly Option<V>[];
  onChange: (value: V) => void;
  disabled?: boolean;
  /** How the closed button looks: a filter says its label, a field only its value. */
  look?: 'filter' | 'field';
  active?: boolean;
  /** The value says nothing without its label, also where there is little room. */
  keepLabel?: boolean;
}) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const id = useId();
  const chosen = props.options.find((o) => o.value === props.value);
  const filter = props.look !== 'field';
  return (
    <>
      <button
        type="button"
        className={filter ? 'choice choice-filter' : 'choice choice-field'}
        data-active={props.active ?? false}
        data-keep-label={props.keepLabel ?? false}
        aria-haspopup="listbox"
        aria-expanded={anchor !== null}
        aria-controls={anchor ? id : undefined}
        aria-label={`${props.label}: ${chosen?.label ?? ''}`}
        disabled={props.disabled}
        onClick={(e) => setAnchor(e.currentTarget)}
      >
        {chosen?.mark}
        {filter && <span className="choice-label">{props.label}</span>}
        <span className="choice-value">{chosen?.label ?? props.value}</span>
        <Icon name="down" size={12} />
      </button>
      <Menu
        id={id}
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
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
              setAnchor(null);
              if (o.value !== props.value) props.onChange(o.value);
            }}
          >
            {o.mark}
            <span className="choice-option">{o.label}</span>
            {o.value === props.value && <Icon name="check" size={14} />}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
