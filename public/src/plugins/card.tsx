/** One plugin as a line with its state and what can be done with it. */
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useState, type ReactNode } from 'react';
import { T } from '../text';
import { Icon } from '../ui/icons';

export type PluginTone = 'good' | 'warn' | 'quiet' | 'busy';

export interface PluginAction {
  label: string;
  danger?: boolean;
  run: () => void;
}

export interface PluginCardProps {
  name: string;
  description: string;
  icon: string | null;
  /** Small print beside the name: version, status of the package. */
  facts: readonly string[];
  chip?: { label: string; tone: PluginTone };
  /** The button that stands in the open. */
  primary?: ReactNode;
  actions?: readonly PluginAction[];
  expanded?: boolean;
  onToggle?: () => void;
  children?: ReactNode;
}

/** An icon is a file of the package; what isn't an address within is not loaded. */
function PluginIcon({ icon }: { icon: string | null }) {
  if (icon && /^\/plugin-assets\/[0-9a-f]{64}\/[\w./-]+$/.test(icon))
    return <img src={icon} alt="" width={24} height={24} />;
  return <Icon name="plugin" size={20} />;
}

export function PluginCard(props: PluginCardProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <li className="plugin-row">
      <div className="plugin-line">
        <span className="plugin-icon">
          <PluginIcon icon={props.icon} />
        </span>
        <div className="plugin-text">
          <h3>
            {props.onToggle ? (
              <button type="button" aria-expanded={props.expanded} onClick={props.onToggle}>
                {props.name}
              </button>
            ) : (
              props.name
            )}
            {props.facts.map((f) => (
              <span key={f} className="plugin-fact">
                {f}
              </span>
            ))}
          </h3>
          <p>{props.description}</p>
        </div>
        <div className="plugin-side">
          {props.chip && (
            <span className="chip" data-tone={props.chip.tone}>
              {props.chip.label}
            </span>
          )}
          {props.primary}
          {props.actions && props.actions.length > 0 && (
            <>
              <IconButton
                size="small"
                aria-label={T.plugins.actionsOf(props.name)}
                aria-haspopup="menu"
                onClick={(e) => setAnchor(e.currentTarget)}
              >
                <Icon name="more" />
              </IconButton>
              <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
                {props.actions.map((a) => (
                  <MenuItem
                    key={a.label}
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
          )}
        </div>
      </div>
      {props.expanded && <div className="plugin-more">{props.children}</div>}
    </li>
  );
}
