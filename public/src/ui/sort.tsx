/** Tables that are sorted by a click on a head, or by a choice where a phone has no room for the heads. */
import { useState, type ReactNode } from 'react';
import { compareNames, texts } from '../text';
import { IconButton } from './button';
import { Choice, type Option } from './choice';
import { Icon } from './icons';
import './sort.css';

export interface Sorting<K extends string> {
  by: K;
  down: boolean;
}

export type Value = string | number | boolean | null | undefined;

function compare(a: Value, b: Value): number {
  // What is unknown comes last, in both directions.
  if (a === null || a === undefined || b === null || b === undefined) return 0;
  if (typeof a === 'string' && typeof b === 'string') return compareNames(a, b);
  return Number(a) - Number(b);
}

const isKnown = (v: Value) => v !== null && v !== undefined;

export function sorted<T>(
  items: readonly T[],
  valueOf: (item: T) => Value,
  { down }: { down: boolean },
): T[] {
  return items
    .map((item) => ({ item, value: valueOf(item) }))
    .sort(
      (a, b) =>
        Number(isKnown(b.value)) - Number(isKnown(a.value)) ||
        (down ? compare(b.value, a.value) : compare(a.value, b.value)),
    )
    .map(({ item }) => item);
}

export function useSorting<K extends string>(by: K, down = false) {
  const [sorting, setSorting] = useState<Sorting<K>>({ by, down });
  const onSort = (next: K) =>
    setSorting((old) => ({ by: next, down: old.by === next ? !old.down : false }));
  return { sorting, onSort };
}

export function SortHead<K extends string>(props: {
  by: K;
  sorting: Sorting<K>;
  onSort: (by: K) => void;
  className?: string;
  title?: string | undefined;
  /** What else stands in the head. */
  beside?: ReactNode;
  children: ReactNode;
}) {
  const { by, sorting, onSort, className, title, beside, children } = props;
  const active = sorting.by === by;
  const order = sorting.down ? 'descending' : 'ascending';
  return (
    <th scope="col" className={className} title={title} aria-sort={active ? order : undefined}>
      <button type="button" className="sort" onClick={() => onSort(by)}>
        {children}
        <span className="sort-mark" data-down={active && sorting.down} data-active={active}>
          <Icon name="up" size={12} />
        </span>
      </button>
      {beside}
    </th>
  );
}

/** In place of heads, on a phone alone: by what, and in which direction. */
export function SortBy<K extends string>(props: {
  options: readonly Option<K>[];
  sorting: Sorting<K>;
  onSort: (by: K) => void;
  className?: string;
}) {
  const { options, sorting, onSort, className = '' } = props;
  return (
    <div className={`sort-by no-print ${className}`}>
      <Choice
        label={texts.sortBy}
        keepLabel
        value={sorting.by}
        options={options}
        onChange={(by) => by !== sorting.by && onSort(by)}
      />
      <IconButton
        aria-label={texts.descending}
        aria-pressed={sorting.down}
        title={texts.descending}
        onClick={() => onSort(sorting.by)}
      >
        <span className="sort-mark" data-down={sorting.down} data-active="true">
          <Icon name="up" size={14} />
        </span>
      </IconButton>
    </div>
  );
}
