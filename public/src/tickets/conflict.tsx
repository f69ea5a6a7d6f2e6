/** Somebody else changed the same field first: both values side by side, and a choice. */
import Button from '@mui/material/Button';
import { useEffect, useRef } from 'react';
import type { TicketState, User } from '../api/types';
import { texts } from '../text';
import { Icon } from '../ui/icons';
import { fieldName, valueName } from './changes';
import type { Conflict } from './edit';

export function ConflictPanel(props: {
  heading: 'h2' | 'h3';
  conflict: Conflict;
  states: readonly TicketState[];
  users: readonly User[];
  onMine: () => void;
  onTheirs: () => void;
}) {
  const { patch, latest, fields } = props.conflict;
  const Heading = props.heading;
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
      <Heading id="conflict-title">
        <Icon name="warning" /> {texts.tickets.conflict.title}
      </Heading>
      {fields.map((field) => (
        <div key={field} className="conflict-field">
          <span className="conflict-name">{fieldName(field)}</span>
          <div>
            <span>{texts.tickets.conflict.theirs}</span>
            <p>{valueName(field, latest[field], names)}</p>
          </div>
          <div>
            <span>{texts.tickets.conflict.mine}</span>
            <p>{valueName(field, patch[field], names)}</p>
          </div>
        </div>
      ))}
      <div className="editing-buttons">
        <Button variant="contained" onClick={props.onMine}>
          {texts.tickets.conflict.keepMine}
        </Button>
        <Button variant="outlined" onClick={props.onTheirs}>
          {texts.tickets.conflict.takeTheirs}
        </Button>
      </div>
    </div>
  );
}
