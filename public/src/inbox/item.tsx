import { Link } from '../router/router';
import { targetOf } from '../toasts/follow';
import { Icon } from '../ui/icons';

/** Its title, as the link to where it leads. */
export function Title(props: {
  url: string | null | undefined;
  title: string;
  onFollow?: () => void;
}) {
  const { title, onFollow } = props;
  const target = targetOf(props.url);
  if (target?.kind === 'page')
    return (
      <Link to={target.path} onClick={onFollow}>
        {title}
      </Link>
    );
  if (target?.kind === 'site')
    return (
      <a href={target.href} target="_blank" rel="noopener noreferrer" onClick={onFollow}>
        {title} <Icon name="external" size={12} />
      </a>
    );
  return <>{title}</>;
}
