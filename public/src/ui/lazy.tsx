/** A part that is loaded when it is first drawn, together with the theme that MUI's components want around them. */
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import { useLanguage } from '../text';

export const loadThemed = () => import('./themed');

export function lazyThemed<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
): LazyExoticComponent<ComponentType<P>> {
  return lazy(async () => {
    const [{ default: Themed }, { default: Part }] = await Promise.all([loadThemed(), load()]);
    return {
      default: function ThemedPart(props: P) {
        useLanguage();
        return (
          <Themed>
            <Part {...props} />
          </Themed>
        );
      },
    };
  });
}
