/** The rows in sight of a list of any length, by TanStack Virtual. */
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import {
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type Ref,
  type RefObject,
} from 'react';
import { useNarrow } from './media';
import { linkIn, Row, rowProps, type ListHandle, type RowsProps } from './rows';

/** Pixels of a row, and of one on a phone, until it is measured; of the heads, which stay above the rows. */
const ROW = 40;
const ROW_NARROW = 60;
const HEAD = 32;
const OVERSCAN = 10;

const areaOf = (box: RefObject<HTMLElement | null>) =>
  box.current?.closest<HTMLElement>('.page-body') ?? null;

/** Where the rows begin: below the heads, and at times below a line about the search. */
function useMargin(box: RefObject<HTMLElement | null>): number {
  const [margin, setMargin] = useState(HEAD);
  useLayoutEffect(() => {
    const area = areaOf(box);
    if (!box.current || !area) return;
    const above = box.current.getBoundingClientRect().top - area.getBoundingClientRect().top;
    setMargin(Math.round(above + area.scrollTop));
  }, [box]);
  return margin;
}

export default function VirtualRows(
  props: RowsProps & {
    /** The ticket whose row has the focus: it stays in the page when it is out of sight, or the focus would be lost. */
    held: string | null;
    hold: (id: string) => void;
    onLast: (index: number) => void;
    ref?: Ref<ListHandle> | undefined;
  },
) {
  const { items, held, hold, onLast } = props;
  const box = useRef<HTMLDivElement>(null);
  const margin = useMargin(box);
  const narrow = useNarrow();
  const heldAt = held === null ? -1 : items.findIndex((t) => t.id === held);
  const rows = useVirtualizer<HTMLElement, HTMLElement>({
    count: items.length,
    getScrollElement: () => areaOf(box),
    estimateSize: () => (narrow ? ROW_NARROW : ROW),
    getItemKey: (i) => items[i]?.id ?? i,
    overscan: OVERSCAN,
    useFlushSync: false,
    scrollMargin: margin,
    scrollPaddingStart: narrow ? 0 : HEAD,
    rangeExtractor: (range) => {
      const inSight = defaultRangeExtractor(range);
      if (heldAt < 0 || inSight.includes(heldAt)) return inSight;
      return [...inSight, heldAt].sort((a, b) => a - b);
    },
  });
  useEffect(() => rows.measure(), [rows, narrow]);
  const last = rows.range?.endIndex ?? 0;
  useEffect(() => onLast(last), [onLast, last]);

  // These rows take the place of the first ones, of which one may have the focus.
  const wanted = useRef(held);
  const focusWanted = () => {
    const link = wanted.current === null ? undefined : linkIn(box.current, wanted.current);
    if (!link) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  };
  useLayoutEffect(focusWanted);
  const show = (id: string) => {
    const index = items.findIndex((t) => t.id === id);
    if (index >= 0) rows.scrollToIndex(index, { align: 'auto' });
  };
  useImperativeHandle(props.ref, () => ({
    show,
    focus(id) {
      show(id);
      wanted.current = id;
      hold(id);
      focusWanted();
    },
  }));

  return (
    <div
      ref={box}
      role="presentation"
      className="rows"
      data-virtual="true"
      style={{ height: rows.getTotalSize() }}
    >
      {rows.getVirtualItems().map(({ index, start }) => {
        const ticket = items[index];
        return (
          ticket && (
            <Row
              key={ticket.id}
              index={index}
              top={start - margin}
              measure={rows.measureElement}
              {...rowProps(props, ticket)}
            />
          )
        );
      })}
    </div>
  );
}
