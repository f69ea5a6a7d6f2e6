/** The actions of a team, for those who manage teams. */
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useState } from 'react';
import type { Team } from '../api/types';
import { accountTexts } from '../text/account';
import { Icon } from '../ui/icons';
import TeamDialog, { type TeamAction } from './team-dialogs';

export default function TeamMenu({ team }: { team: Team }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [action, setAction] = useState<TeamAction | null>(null);
  const item = (which: TeamAction, label: string) => (
    <MenuItem
      onClick={() => {
        setAnchor(null);
        setAction(which);
      }}
    >
      {label}
    </MenuItem>
  );
  return (
    <>
      <IconButton
        size="small"
        aria-label={accountTexts.people.actions({ name: team.name })}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(e) => setAnchor(e.currentTarget)}
      >
        <Icon name="more" />
      </IconButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {item('edit', accountTexts.people.edit)}
        {item('delete', accountTexts.teams.delete)}
      </Menu>
      {action && <TeamDialog action={action} team={team} onClose={() => setAction(null)} />}
    </>
  );
}
