/** The frame of a page: its heading line with actions, and the content that scrolls under it. */
import { useEffect, useRef, type ReactNode } from 'react';
import { hasMoved } from '../router/router';
import { useScrollMemory } from '../router/scroll';
import { texts } from '../text';

export function usePageTitle(title: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = `${title} · ${texts.product}`;
    // A window that closes leaves the title to the page behind it.
    return () => {
      document.title = before;
    };
  }, [title]);
}

export function Page(props: {
  title: string;
  /** Left of the title: the way back. */
  before?: ReactNode;
  /** Beside the title, for instance a count. */
  note?: ReactNode;
  actions?: ReactNode;
  /** A second line that stays in place: filters, tabs. */
  tools?: ReactNode;
  /** Nothing in it takes the focus: the content does, so that a keyboard can scroll it. */
  still?: boolean;
  children: ReactNode;
}) {
  usePageTitle(props.title);
  const heading = useRef<HTMLHeadingElement>(null);
  const body = useRef<HTMLDivElement>(null);
  useScrollMemory(body);
  // A new page is announced by its heading having the focus, unless something has it already.
  useEffect(() => {
    if (hasMoved() && document.activeElement === document.body)
      heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className="page">
      <header className="page-head">
        {props.before}
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        {props.note !== undefined && <span className="page-note">{props.note}</span>}
        <span className="spacer" />
        {props.actions}
      </header>
      {props.tools && <div className="page-tools">{props.tools}</div>}
      <div
        ref={body}
        className="page-body"
        {...(props.still && { role: 'region', 'aria-label': props.title, tabIndex: 0 })}
      >
        {props.children}
      </div>
    </div>
  );
}
