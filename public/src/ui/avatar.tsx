/** A person as two letters; the name is said by the text beside it or by `label`. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}

export function Avatar({ name, label }: { name: string | null; label?: string }) {
  const said = label ? { role: 'img', 'aria-label': label, title: label } : { 'aria-hidden': true };
  return (
    <span className={name ? 'avatar' : 'avatar avatar-none'} {...said}>
      {name ? initials(name) : ''}
    </span>
  );
}
