/** A button that shows a value and opens a menu to choose another: for filters and for fields. */
import { Suspense, useId, useState, type ReactNode } from 'react';
import { Icon } from './icons';
import { useWhenIdle } from './idle';
import { lazyThemed } from './lazy';

const choiceMenu = () => import('./choice-menu');
const ChoiceMenu = lazyThemed(choiceMenu);

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
  const [opened, setOpened] = useState(false);
  useWhenIdle(choiceMenu);
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
        disabled={props.disabled}
        onClick={(e) => {
          setOpened(true);
          setAnchor(e.currentTarget);
        }}
      >
        {chosen?.mark}
        <span className={filter ? 'choice-label' : 'visually-hidden'}>{props.label}:</span>
        <span className="choice-value">{chosen?.label ?? props.value}</span>
        <Icon name="down" size={12} />
      </button>
      {opened && (
        <Suspense fallback={null}>
          <ChoiceMenu
            id={id}
            label={props.label}
            value={props.value}
            options={props.options}
            anchor={anchor}
            onClose={() => setAnchor(null)}
            // The menu is for any kind of value; it hands back one of the options.
            onChange={(value) => props.onChange(value as V)}
          />
        </Suspense>
      )}
    </>
  );
}
