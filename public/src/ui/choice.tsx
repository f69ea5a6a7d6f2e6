/** A button that shows a value and opens a menu to choose another: for filters and for fields. */
import { Suspense, useId, useState, type ReactNode, type Ref } from 'react';
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

/** How the closed button looks and is called. */
export interface ChoiceLook {
  label: string;
  disabled?: boolean;
  /** A filter says its label, a field only its value. */
  look?: 'filter' | 'field';
  active?: boolean;
  /** The value says nothing without its label, also where there is little room, as none at all does. */
  keepLabel?: boolean;
  /** Of a form: gets the button, and the id of what is said of it. */
  focus?: Ref<HTMLButtonElement>;
  describedBy?: string;
}

/** The closed button. */
export function ChoiceButton(
  props: ChoiceLook & {
    value: ReactNode;
    popup: 'listbox' | 'dialog';
    open: boolean;
    /** The id of what it has opened. */
    controls?: string | undefined;
    onOpen: (button: HTMLElement) => void;
    mark?: ReactNode;
    /** How many more are chosen. */
    more?: number;
  },
) {
  const filter = props.look !== 'field';
  const { more = 0 } = props;
  return (
    <button
      ref={props.focus}
      type="button"
      className={filter ? 'choice choice-filter' : 'choice choice-field'}
      data-active={props.active ?? false}
      data-keep-label={props.keepLabel || !props.value}
      aria-haspopup={props.popup}
      aria-expanded={props.open}
      aria-controls={props.controls}
      aria-describedby={props.describedBy}
      disabled={props.disabled}
      onClick={(e) => props.onOpen(e.currentTarget)}
    >
      {props.mark}
      <span className={filter ? 'choice-label' : 'visually-hidden'}>
        {props.label}
        {props.value ? ':' : ''}
      </span>
      <span className="choice-value">{props.value}</span>
      {more > 0 && <span className="number">+{more}</span>}
      <Icon name="down" size={12} />
    </button>
  );
}

export interface ChoiceProps<V extends string> extends ChoiceLook {
  value: V;
  options: readonly Option<V>[];
  onChange: (value: V) => void;
}

export function Choice<V extends string>(props: ChoiceProps<V>) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [opened, setOpened] = useState(false);
  useWhenIdle(choiceMenu);
  const id = useId();
  const chosen = props.options.find((o) => o.value === props.value);
  return (
    <>
      <ChoiceButton
        {...props}
        popup="listbox"
        value={chosen?.label ?? props.value}
        mark={chosen?.mark}
        open={anchor !== null}
        controls={anchor ? id : undefined}
        onOpen={(button) => {
          setOpened(true);
          setAnchor(button);
        }}
      />
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
