/** Paging of a list whose pages are read by offset. */
import { formatNumber } from '../text';
import { systemTexts } from '../text/system';
import { Button } from '../ui/button';

export function Pages(props: {
  label: string;
  size: number;
  offset: number;
  total: number;
  onChange: (offset: number) => void;
}) {
  const { size, offset, total, onChange } = props;
  const t = systemTexts.company;
  if (total <= size) return null;
  return (
    <nav className="company-pages" aria-label={props.label}>
      <Button
        variant="outlined"
        disabled={offset === 0}
        onClick={() => onChange(Math.max(0, offset - size))}
      >
        {t.before}
      </Button>
      <span className="number" aria-live="polite">
        {t.range({
          from: formatNumber(offset + 1),
          to: formatNumber(Math.min(total, offset + size)),
          total: formatNumber(total),
        })}
      </span>
      <Button
        variant="outlined"
        disabled={offset + size >= total}
        onClick={() => onChange(offset + size)}
      >
        {t.after}
      </Button>
    </nav>
  );
}
