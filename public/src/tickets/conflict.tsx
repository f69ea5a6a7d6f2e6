/** Somebody else changed the same field first: both values side by side, and a choice. */
import Button from '@mui/material/Button';
import { useEffect, useRef } from 'react';
import type { TicketState, User } from '../api/types';
import { T } from '../text';
import { Icon } from '../ui/icons';
import { fieldName, valueName } from './changes';
import type { Conflict } from './edit';

export function ConflictPanel(props: {
  conflict: Conflict;
  states: readonly TicketState[];
  users: readonly User[];
  onMine: () => void;
  onTheirs: () => void;
}) {
  const { patch, latest, fields } = props.conflict;
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const names = { states: props.states, users: props.users };
  return (
    <div
      ref={panel}
      tabIndex={-1}
      className="conflict"
      role="alertdialog"
      aria-labelledby="conflict-title"
    >
      <h3 id="conflict-title">
        <Icon name="warning" /> {T.tickets.conflict.title}
      </h3>
      {fields.map((field) => (
        <div key={field} className="conflict-field">
          <span className="conflict-name">{fieldName(field)}</span>
          <div>
            <span>{T.tickets.conflict.theirs}</span>
            <p>{valueName(field, latest[field], names)}</p>
          </div>
          <div>
            <span>{T.tickets.conflict.mine}</span>
            <p>{valueName(field, patch[field], names)}</p>
          </div>
        </div>
      ))}
      <div className="editing-buttons">
        <Button variant="contained" onClick={props.onMine}>
          {T.tickets.conflict.keepMine}
        </Button>
        <Button variant="outlined" onClick={props.onTheirs}>
          {T.tickets.conflict.takeTheirs}
        </Button>
      </div>
    </div>
  );
}
