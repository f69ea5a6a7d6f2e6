/** Who I am, how it looks, whether the desktop tells me, and the way out. */
import type { ReactNode } from 'react';
import Divider from '@mui/material/Divider';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useSession, useMe } from '../auth/session';
import { usePreferences } from '../account/preferences';
import { ApiError } from '../api/client';
import { currentLanguage, LANGUAGE_KEYS, LANGUAGES, texts, type Language } from '../text';
import { menuTexts } from '../text/menu';
import { askForDesktop, useDesktopState } from '../toasts/desktop';
import { toast } from '../toasts/store';
import { Icon } from '../ui/icons';
import { press } from '../ui/keys';
import { MODES, useMode, type Mode } from '../ui/mode';
import { roleNames } from '../ui/names';
import { navigate } from '../router/router';
import type { NavItem } from './rail';
import { PALETTE } from './search';

const MODE_ICONS = { light: 'sun', dark: 'moon', system: 'system' } as const;

/** A line of the menu that is no item of it: arrow keys pass it. */
function Line(props: { className: string; children: ReactNode }) {
  return <li role="none" {...props} />;
}
Line.muiSkipListHighlight = true;

export default function AccountMenu(props: {
  anchor: HTMLElement | null;
  onClose: () => void;
  onKeys: () => void;
  own: string | undefined;
  /** Pages that have no place in the bar of a phone. */
  items: readonly NavItem[];
  search: boolean;
}) {
  const me = useMe();
  const { signOut } = useSession();
  const mode = useMode();
  const { setLanguage, setTheme } = usePreferences();
  const desktop = useDesktopState();
  const { own, onClose: close } = props;
  const go = (path: string) => {
    close();
    navigate(path);
  };
  return (
    <Menu
      anchorEl={props.anchor}
      open={props.anchor !== null}
      onClose={close}
      slotProps={{
        list: { 'aria-label': menuTexts.menu },
        paper: { className: 'account-menu' },
      }}
    >
      <Line className="account-who">
        <strong>{me.name}</strong>
        <span>{me.email}</span>
        <span>
          {roleNames(me.roles)} · {me.tenantName}
        </span>
      </Line>
      <Divider />
      {own && (
        <MenuItem onClick={() => go(own)}>
          <Icon name="settings" /> {menuTexts.own}
        </MenuItem>
      )}
      {props.search && (
        <MenuItem
          className="account-page"
          onClick={() => {
            close();
            press(PALETTE);
          }}
        >
          <Icon name="search" /> {texts.keys.palette}
        </MenuItem>
      )}
      {props.items.map((item) => (
        <MenuItem key={item.path} className="account-page" onClick={() => go(item.path)}>
          {item.mark ?? <Icon name={item.icon} />} {item.label}
        </MenuItem>
      ))}
      {(props.search || props.items.length > 0) && <Divider className="account-page" />}
      <Line className="account-theme">
        <span id="theme-label">{menuTexts.theme}</span>
        <ToggleButtonGroup
          exclusive
          size="small"
          value={mode}
          onChange={(_, next: Mode | null) => next && void setTheme(next)}
          aria-labelledby="theme-label"
        >
          {MODES.map((m) => (
            <ToggleButton
              key={m}
              value={m}
              role="menuitemradio"
              aria-pressed={undefined}
              aria-checked={m === mode}
              aria-label={menuTexts.modes[m]}
              title={menuTexts.modes[m]}
            >
              <Icon name={MODE_ICONS[m]} />
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </Line>
      <Line className="account-theme">
        <span id="language-label">{menuTexts.language}</span>
        <ToggleButtonGroup
          exclusive
          size="small"
          value={currentLanguage()}
          onChange={(_, next: Language | null) => next && void setLanguage(next)}
          aria-labelledby="language-label"
        >
          {LANGUAGE_KEYS.map((l) => (
            <ToggleButton
              key={l}
              value={l}
              lang={l}
              role="menuitemradio"
              aria-pressed={undefined}
              aria-checked={l === currentLanguage()}
            >
              {LANGUAGES[l]}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </Line>
      {desktop !== 'unsupported' && (
        <MenuItem disabled={desktop !== 'default'} onClick={() => void askForDesktop()}>
          <Icon name="bell" /> {menuTexts.desktop[desktop]}
        </MenuItem>
      )}
      <MenuItem
        onClick={() => {
          close();
          props.onKeys();
        }}
      >
        <Icon name="keyboard" /> {texts.keys.title}
      </MenuItem>
      {me.systemUrl && (
        <MenuItem
          component="a"
          href={me.systemUrl}
          target="_blank"
          rel="noopener noreferrer"
          onClick={close}
        >
          <Icon name="shield" /> {texts.system.open}
        </MenuItem>
      )}
      <Divider />
      <MenuItem
        onClick={() => {
          close();
          signOut().catch((error: unknown) =>
            toast({
              title: menuTexts.signOutFailed,
              message: error instanceof ApiError ? error.message : undefined,
              tone: 'error',
            }),
          );
        }}
      >
        <Icon name="signout" /> {menuTexts.signOut}
      </MenuItem>
    </Menu>
  );
}
