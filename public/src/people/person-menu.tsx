/** The actions of a row, for those who may change people. System admins are the operator's. */
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useState } from 'react';
import type { User } from '../api/types';
import { useMe } from '../auth/session';
import { usePluginModals } from '../plugins/modals';
import { PluginSlot } from '../plugins/slot';
import { accountTexts } from '../text/account';
import { Icon } from '../ui/icons';
import PermissionsDialog from './permissions-dialog';
import PersonDialog, { type PersonAction } from './person-dialogs';

export default function PersonMenu({ user }: { user: User }) {
  const t = accountTexts.people;
  const me = useMe();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [action, setAction] = useState<PersonAction | 'permissions' | null>(null);
  const modals = usePluginModals();
  const isFixed = user.roles.includes('SystemAdmin');
  const seesRoles = me.permissions.includes('roles:manage');
  if (isFixed && !seesRoles) return null;
  const plugins = {
    slotProps: { userId: user.id, onMenuClose: () => setAnchor(null) },
    modals,
  };
  const item = (which: PersonAction | 'permissions', label: string) => (
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
        aria-label={t.actions({ name: user.name })}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(e) => setAnchor(e.currentTarget)}
      >
        <Icon name="more" />
      </IconButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {!isFixed && item('edit', t.edit)}
        {seesRoles && item('permissions', t.permissions)}
        {!isFixed && user.active && item('link', user.pending ? t.newInvite : t.newLink)}
        {!isFixed && user.secondFactor && item('factor', t.factor)}
        {!isFixed &&
          user.id !== me.id &&
          (user.active ? item('deactivate', t.deactivate) : item('activate', t.activate))}
        {!isFixed && user.id !== me.id && item('remove', t.removeOpen)}
        <PluginSlot id="person.actions" renderType="menuitem" {...plugins} />
      </Menu>
      <PluginSlot id="person.actions" renderType="modal" {...plugins} />
      {action === 'permissions' && (
        <PermissionsDialog user={user} onClose={() => setAction(null)} />
      )}
      {action && action !== 'permissions' && (
        <PersonDialog user={user} action={action} onClose={() => setAction(null)} />
      )}
    </>
  );
}
