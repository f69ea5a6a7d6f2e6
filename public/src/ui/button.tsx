/** The buttons of the first screen, which MUI's would make 40 kB larger; they look the same. */
import type { ButtonHTMLAttributes, ReactNode } from 'react';

type Props = ButtonHTMLAttributes<HTMLButtonElement>;

export function Button(
  props: Props & {
    variant?: 'text' | 'outlined' | 'contained';
    startIcon?: ReactNode;
    /** Busy: it can't be pressed again, and says so. */
    loading?: boolean;
  },
) {
  const { variant = 'text', startIcon, loading = false, children, disabled, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      className="button"
      data-variant={variant}
      disabled={disabled || loading}
      aria-busy={loading || undefined}
    >
      {startIcon}
      {children}
    </button>
  );
}

export function IconButton(props: Props & { 'aria-label': string }) {
  return <button type="button" {...props} className="icon-button" />;
}
