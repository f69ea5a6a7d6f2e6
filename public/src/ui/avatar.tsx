import { useState } from 'react';
import { usePhoto } from '../api/photos';

/** A person as their photo, or two letters until it is there; the name is said by the text beside it or by `label`. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}

/** `id`: whose photo may be shown. */
export function Avatar({
  name,
  id,
  label,
}: {
  name: string | null;
  id?: string | null;
  label?: string;
}) {
  const photo = usePhoto(id);
  const [failed, setFailed] = useState<string | null>(null);
  const said = label ? { role: 'img', 'aria-label': label, title: label } : { 'aria-hidden': true };
  return (
    <span className={name ? 'avatar' : 'avatar avatar-none'} {...said}>
      {name ? initials(name) : ''}
      {photo && photo !== failed && (
        <img src={photo} alt="" decoding="async" onError={() => setFailed(photo)} />
      )}
    </span>
  );
}
