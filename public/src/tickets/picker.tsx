/** A button that shows what is chosen, and opens a list with a search box: for filters of several values, and for people. */
import { Suspense, useState } from 'react';
import { ChoiceButton, type ChoiceLook, type Option } from '../ui/choice';
import { useWhenIdle } from '../ui/idle';
import { lazyThemed } from '../ui/lazy';

const pickerMenu = () => import('./picker-menu');
const PickerMenu = lazyThemed(pickerMenu);

export interface PickerProps extends ChoiceLook {
  options: readonly Option<string>[];
  /** At most one, unless `multiple`. */
  value: readonly string[];
  onChange: (value: string[]) => void;
  multiple?: boolean;
  /** What the button says where nothing is chosen. */
  none: string;
}

export function Picker(props: PickerProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [opened, setOpened] = useState(false);
  useWhenIdle(pickerMenu);
  const chosen = props.options.filter((o) => props.value.includes(o.value));
  return (
    <>
      <ChoiceButton
        {...props}
        popup="dialog"
        value={chosen[0]?.label ?? props.none}
        mark={chosen[0]?.mark}
        more={chosen.length - 1}
        open={anchor !== null}
        onOpen={(button) => {
          setOpened(true);
          setAnchor(button);
        }}
      />
      {opened && (
        <Suspense fallback={null}>
          <PickerMenu {...props} anchor={anchor} onClose={() => setAnchor(null)} />
        </Suspense>
      )}
    </>
  );
}
