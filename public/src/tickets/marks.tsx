/** Small signs for state and priority. They are decoration: the words stand beside or are said. */
import type { Priority } from '../api/types';
import { texts } from '../text';

export function PriorityMark({ priority, said = true }: { priority: Priority; said?: boolean }) {
  const label = texts.priority[priority] ?? priority;
  const name = said ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true as const };
  const bars = { low: 1, normal: 2, high: 3, urgent: 4 }[priority] ?? 2;
  return (
    <span className="mark" data-priority={priority} title={label} {...name}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        {bars === 4 ? (
          <>
            <rect x="2" y="2" width="12" height="12" rx="3" fill="currentColor" />
            <path
              d="M8 5v3.500M8 10.900v.01"
              stroke="var(--mt-ground)"
              strokeWidth="1.8"
              strokeLinecap="round"
            />
          </>
        ) : (
          [0, 1, 2].map((i) => (
            <rect
              key={i}
              x={2 + i * 4.5}
              y={9 - i * 3}
              width="3"
              height={5 + i * 3}
              rx="1"
              fill="currentColor"
              opacity={i < bars ? 1 : 0.25}
            />
          ))
        )}
      </svg>
    </span>
  );
}

type Shape = 'dashed' | 'open' | 'half' | 'hold' | 'done' | 'cancelled';

const SHAPES: Record<string, Shape> = {
  new: 'dashed',
  assigned: 'open',
  in_progress: 'half',
  on_hold: 'hold',
  done: 'done',
  cancelled: 'cancelled',
};

export function StateMark({ state, closed }: { state: string; closed: boolean }) {
  const shape = SHAPES[state] ?? (closed ? 'done' : 'open');
  const solid = shape === 'done' || shape === 'cancelled';
  return (
    <svg
      className="mark"
      data-shape={shape}
      width="16"
      height="16"
      viewBox="0 0 16 16"
      aria-hidden="true"
    >
      <circle
        cx="8"
        cy="8"
        r="5.75"
        fill={solid ? 'currentColor' : 'none'}
        stroke="currentColor"
        strokeWidth="1.5"
        strokeDasharray={shape === 'dashed' ? '2.26 2.26' : undefined}
      />
      {shape === 'half' && <path d="M8 4.750a3.25 3.25 0 0 1 0 6.500z" fill="currentColor" />}
      {shape === 'hold' && (
        <path d="M6.7 6v4M9.3 6v4" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
      )}
      {shape === 'done' && (
        <path
          d="M5.5 8.2 7.3 10l3.3-3.7"
          fill="none"
          stroke="var(--mt-ground)"
          strokeWidth="1.6"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      )}
      {shape === 'cancelled' && (
        <path
          d="M6.2 6.200l3.6 3.600M9.8 6.2 6.2 9.8"
          stroke="var(--mt-ground)"
          strokeWidth="1.6"
          strokeLinecap="round"
        />
      )}
    </svg>
  );
}
