/** A text of several lines in which "@" offers people; MUI's input, and a list box that the keyboard goes through. */
import InputBase from '@mui/material/InputBase';
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import type { RefCallBack } from 'react-hook-form';
import type { User } from '../api/types';
import { useMe } from '../auth/session';
import { ticketTexts } from '../text/tickets';
import { Avatar } from '../ui/avatar';
import { FieldFault } from '../ui/form';
import { peopleFor, typedMention, type Picks } from './mention';

export interface Written {
  text: string;
  picks: Picks;
}

export function MentionField(props: {
  value: Written;
  onChange: (value: Written) => void;
  users: readonly User[];
  label: string;
  placeholder?: string;
  minRows: number;
  autoFocus?: boolean;
  disabled?: boolean;
  /** What is wrong with the text. */
  fault?: string | undefined;
  focus?: RefCallBack;
  /** Ctrl+Enter. */
  onSend: () => void;
  onEscape: (e: KeyboardEvent) => void;
}) {
  const { value, users } = props;
  const me = useMe();
  const id = useId();
  const input = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState(-1);
  const [at, setAt] = useState(0);
  const typed = caret < 0 ? null : typedMention(value.text, caret);
  const people = typed ? peopleFor(users, typed.query, me.id) : [];
  const open = people.length > 0;
  const current = Math.min(at, people.length - 1);

  const choose = (user: User | undefined) => {
    if (!typed || !user) return;
    const before = `${value.text.slice(0, typed.from)}@${user.name} `;
    props.onChange({
      text: before + value.text.slice(caret).replace(/^ /, ''),
      picks: new Map(value.picks).set(user.name, user.id),
    });
    setCaret(-1);
    // After React has put the new text there.
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(before.length, before.length);
    });
  };
  const inList: Record<string, () => void> = {
    ArrowDown: () => setAt((current + 1) % people.length),
    ArrowUp: () => setAt((current + people.length - 1) % people.length),
    Enter: () => choose(people[current]),
    Tab: () => choose(people[current]),
    Escape: () => setCaret(-1),
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const plain = !e.ctrlKey && !e.metaKey && !e.shiftKey && !e.nativeEvent.isComposing;
    const act = open && plain ? inList[e.key] : undefined;
    if (act) {
      e.preventDefault();
      e.stopPropagation();
      act();
    } else if (e.key === 'Escape') props.onEscape(e);
    else if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      props.onSend();
    }
  };
  return (
    <div className="mention-field">
      <InputBase
        inputRef={(el: HTMLTextAreaElement | null) => {
          input.current = el;
          props.focus?.(el);
        }}
        fullWidth
        multiline
        minRows={props.minRows}
        maxRows={10}
        autoFocus={props.autoFocus ?? false}
        value={value.text}
        disabled={props.disabled ?? false}
        placeholder={props.placeholder}
        onChange={(e) => {
          setAt(0);
          setCaret(e.target.selectionStart ?? -1);
          props.onChange({ ...value, text: e.target.value });
        }}
        onBlur={() => setCaret(-1)}
        onKeyDown={onKeyDown}
        inputProps={{
          'aria-label': props.label,
          'aria-autocomplete': 'list',
          'aria-controls': open ? id : undefined,
          'aria-activedescendant': open ? `${id}-${current}` : undefined,
          'aria-invalid': props.fault !== undefined,
          'aria-describedby': `${id}-fault`,
        }}
      />
      <FieldFault id={`${id}-fault`} text={props.fault} />
      <span role="status" className="visually-hidden">
        {open && ticketTexts.mention.found({ n: people.length })}
      </span>
      {open && (
        <div id={id} role="listbox" className="mention-list" aria-label={ticketTexts.mention.list}>
          {people.map((u, i) => (
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the field has the keys
            <div
              key={u.id}
              id={`${id}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === current}
              // The field keeps the focus.
              onMouseDown={(e) => e.preventDefault()}
              onClick={() => choose(u)}
            >
              <Avatar name={u.name} id={u.id} />
              {u.name}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
