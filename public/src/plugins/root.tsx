/**
 * What stands around each component of a plugin, so that styles stay on their own side: rules of the app end at
 * .plugin-root (scripts/styles.ts), and what a plugin makes by emotion is in a layer before the app's own. Rules for
 * everything ("body", "button") that a plugin brings hold inside of its components alone.
 */
import type { StylisPlugin } from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import type { ReactNode } from 'react';
import Themed, { layeredCache } from '../ui/themed';
import { OwnPlugin } from './own-events';
import type { SlotComponent } from './slots';

type Cache = ReturnType<typeof layeredCache>;

const caches = new Map<string, Cache>();

/** Each rule that isn't of one of emotion's classes, put below the plugin's elements. */
function within(pluginKey: string, name: string): StylisPlugin {
  const root = `[data-plugin='${pluginKey}']`;
  return (element) => {
    if (element.type !== 'rule' || element.root?.type === '@keyframes') return;
    if (!Array.isArray(element.props)) return;
    element.props = element.props.map((selector) => {
      if (selector.includes(`.${name}-`)) return selector;
      const rest = selector.replace(/^(?:html|body|:root)\b/, '').trim();
      return rest ? `${root} ${rest}` : root;
    });
  };
}

function cacheOf(pluginKey: string): Cache {
  const known = caches.get(pluginKey);
  if (known) return known;
  const key = `p-${pluginKey.replace(/[^a-z-]/g, '')}`;
  const made = layeredCache({ key, layer: 'plugins', stylisPlugins: [within(pluginKey, key)] });
  caches.set(pluginKey, made);
  return made;
}

export default function PluginRoot({
  item,
  children,
}: {
  item: SlotComponent;
  children: ReactNode;
}) {
  return (
    <Themed>
      <OwnPlugin.Provider value={item.pluginKey}>
        <CacheProvider value={cacheOf(item.pluginKey)}>
          {item.renderType === 'menuitem' ? (
            // An item is a child of its menu, and MUI's own.
            children
          ) : (
            <div
              className="plugin-root"
              data-plugin={item.pluginKey}
              data-theme={item.light ? 'light' : undefined}
            >
              {children}
            </div>
          )}
        </CacheProvider>
      </OwnPlugin.Provider>
    </Themed>
  );
}
