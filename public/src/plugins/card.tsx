/** One plugin as a card: who it is, how it stands, and what can be done with it. */
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useId, useState, type ReactNode } from 'react';
import { Link } from '../router/router';
import { texts } from '../text';
import { Icon } from '../ui/icons';
import { PluginIcon } from './icon';
import './plugins.css';

export type PluginTone = 'good' | 'warn' | 'quiet' | 'busy' | 'bad';

export interface PluginAction {
  label: string;
  danger?: boolean;
  disabled?: boolean;
  run: () => void;
}

export interface PluginCardProps {
  name: string;
  /** Where a click on the name leads: the plugin's own page. */
  to: string;
  description: string;
  icon: string | null | undefined;
  /** Small print below the name: author, version. */
  facts: ReactNode;
  /** Beside the name: official, signed, unsigned. */
  badges?: ReactNode;
  /** The line at the foot: category, or how a step is going. */
  foot?: ReactNode;
  chip?: { label: string; tone: PluginTone } | null;
  /** The button that stands in the open. */
  primary?: ReactNode;
  actions?: readonly PluginAction[];
}

export function ActionMenu(props: { label: string; actions: readonly PluginAction[] }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (props.actions.length === 0) return null;
  return (
    <>
      <IconButton
        size="small"
        aria-label={props.label}
        title={props.label}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(e) => setAnchor(e.currentTarget)}
      >
        <Icon name="more" />
      </IconButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {props.actions.map((a) => (
          <MenuItem
            key={a.label}
            disabled={a.disabled ?? false}
            className={a.danger ? 'danger' : undefined}
            onClick={() => {
              setAnchor(null);
              a.run();
            }}
          >
            {a.label}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}

export function StateChip({ label, tone }: { label: string; tone: PluginTone }) {
  return (
    <span className="chip" data-tone={tone}>
      {label}
    </span>
  );
}

export function PluginCard(props: PluginCardProps) {
  const id = useId();
  return (
    <li className="plugin-tile" aria-labelledby={id}>
      <div className="plugin-tile-head">
        <PluginIcon src={props.icon} />
        <div className="plugin-tile-name">
          <h3 id={id}>
            <Link to={props.to}>{props.name}</Link>
          </h3>
          <p className="plugin-fact">{props.facts}</p>
        </div>
        {props.badges}
      </div>
      <p className="plugin-tile-text">{props.description}</p>
      <div className="plugin-tile-foot">
        {props.foot}
        {props.chip && <StateChip {...props.chip} />}
        <span className="spacer" />
        {props.primary}
        <ActionMenu
          label={texts.plugins.actionsOf({ name: props.name })}
          actions={props.actions ?? []}
        />
      </div>
    </li>
  );
}
