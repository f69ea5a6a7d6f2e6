/** Where one begins: people who work on tickets and don't direct others with their own work, others with the list. */
import { Navigate } from 'react-router-dom';
import type { Me } from '../api/types';
import { useMe } from '../auth/session';
import { MY_WORK } from './views';

export const homeOf = ({ permissions }: Pick<Me, 'permissions'>): string =>
  permissions.includes('tickets:write:own') && !permissions.includes('notifications:send')
    ? `/tickets?${MY_WORK}`
    : '/tickets';

export function Home() {
  return <Navigate to={homeOf(useMe())} replace />;
}
