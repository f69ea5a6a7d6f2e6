/** What stands before the label of a plugin's tab: a character or two, or one of the icons that have a name. */
import { lazy, Suspense } from 'react';

const NamedIcon = lazy(() => import('./named-icons'));

export function TabIcon({ icon }: { icon: string | undefined }) {
  if (!icon) return null;
  return (
    <span className="tab-icon" aria-hidden="true">
      {[...icon].length <= 2 ? (
        icon
      ) : (
        <Suspense fallback={null}>
          <NamedIcon name={icon} />
        </Suspense>
      )}
    </span>
  );
}
