/** Search boxes: "/" goes there, Escape empties it and then leaves it. */
import { useEffect, useRef, useState } from 'react';
import { Icon } from './icons';
import { useKey } from './keys';

const PAUSE_MS = 150;

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  maxLength?: number | undefined;
}

/** Tells every key: for a list that is here already. */
export function SearchBox({ label, value, onChange, maxLength }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useKey('/', () => input.current?.focus());
  return (
    <div className="search">
      <Icon name="search" size={14} />
      <input
        ref={input}
        type="search"
        aria-label={label}
        maxLength={maxLength}
        value={value}
        placeholder={label}
        onChange={(e) => onChange(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Escape') return;
          if (value) onChange('');
          else input.current?.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

/** Follows the address: typed words go there after a breath, the back button empties it. */
export function SearchField({ value, onChange, ...box }: Props) {
  const [typed, setTyped] = useState(value);
  const reported = useRef(value);
  // The address changed by other means.
  useEffect(() => {
    if (value !== reported.current) setTyped(value);
    reported.current = value;
  }, [value]);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (typed === reported.current) return;
    const timer = setTimeout(() => {
      reported.current = typed;
      latest.current(typed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return <SearchBox {...box} value={typed} onChange={setTyped} />;
}
