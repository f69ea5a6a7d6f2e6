/** Left of a page's title: the way back. */
import { Link } from '../router/router';
import { Icon } from './icons';
import './back.css';

export function Back({ to, label }: { to: string; label: string }) {
  return (
    <Link to={to} className="page-back" aria-label={label} title={label}>
      <Icon name="back" />
    </Link>
  );
}
