/** The actions of a role: built-in ones can be copied, others renamed and deleted as well. */
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useState } from 'react';
import { ApiError, api } from '../api/client';
import { invalidate } from '../api/query';
import { toast } from '../toasts/store';
import { roleTexts } from '../text/roles';
import { Icon } from '../ui/icons';
import { roleName } from '../ui/names';
import { KEY, type Role } from './data';
import type { RoleAction } from './role-dialogs';

export function RoleMenu(props: { role: Role; onAction: (action: RoleAction) => void }) {
  const { role, onAction } = props;
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const item = (what: 'copy' | 'edit' | 'delete', label: string) => (
    <MenuItem
      onClick={() => {
        setAnchor(null);
        onAction({ what, role });
      }}
    >
      {label}
    </MenuItem>
  );
  const factor = async () => {
    const name = roleName(role.role);
    setAnchor(null);
    try {
      await api.put(`/api/roles/${role.role}/second-factor`, { needed: !role.secondFactor });
      toast({
        title: role.secondFactor
          ? roleTexts.factorFree({ role: name })
          : roleTexts.factorNeeded({ role: name }),
        tone: 'success',
      });
    } catch (caught) {
      if (caught instanceof ApiError && caught.kind !== 'password-needed')
        toast({ title: caught.message, tone: 'error' });
    }
    invalidate(KEY);
  };
  if (role.role === 'SystemAdmin') return null;
  return (
    <>
      <IconButton
        size="small"
        aria-label={roleTexts.actions({ role: roleName(role.role) })}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(e) => setAnchor(e.currentTarget)}
      >
        <Icon name="more" />
      </IconButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {item('copy', roleTexts.copy)}
        <MenuItem
          role="menuitemcheckbox"
          aria-checked={role.secondFactor}
          onClick={() => void factor()}
        >
          {role.secondFactor ? roleTexts.factorStop : roleTexts.factorNeed}
        </MenuItem>
        {!role.builtIn && item('edit', roleTexts.edit)}
        {!role.builtIn && item('delete', roleTexts.delete)}
      </Menu>
    </>
  );
}
