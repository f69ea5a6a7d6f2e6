import { Link } from '../router/router';
import { targetOf } from '../toasts/follow';
import { Icon } from '../ui/icons';

/** Its title, as the link to where it leads. */
export function Title({ url, title }: { url: string | null | undefined; title: string }) {
  const target = targetOf(url);
  if (target?.kind === 'page') return <Link to={target.path}>{title}</Link>;
  if (target?.kind === 'site')
    return (
      <a href={target.href} target="_blank" rel="noopener noreferrer">
        {title} <Icon name="external" size={12} />
      </a>
    );
  return <>{title}</>;
}
