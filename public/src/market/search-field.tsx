/** A search that follows the address: typed words go there after a breath, the back button empties it. */
import InputBase from '@mui/material/InputBase';
import { useEffect, useRef, useState } from 'react';
import { Icon } from '../ui/icons';
import { useKey } from '../ui/keys';

const PAUSE_MS = 150;

export function SearchField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const { label, value, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  useKey('/', () => input.current?.focus());
  // The address changed by other means.
  useEffect(() => {
    if (value !== told.current) setTyped(value);
    told.current = value;
  }, [value]);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      latest.current(typed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className="search">
      <Icon name="search" size={14} />
      <InputBase
        inputRef={input}
        value={typed}
        placeholder={label}
        onChange={(e) => setTyped(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Escape') return;
          if (typed) setTyped('');
          else (e.target as HTMLElement).blur();
        }}
        inputProps={{ 'aria-label': label, type: 'search' }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}
