/** The place where plugins' components stand, each behind a boundary of its own. */
import { Fragment, lazy, Suspense, type ComponentType, type ReactNode } from 'react';
import { T } from '../text';
import { loadThemed } from '../ui/lazy';
import { Bars } from '../ui/states';
import { PluginBoundary, PluginFault } from './boundary';
import { useSlot } from './registry';
import type { RenderType, SlotComponent, SlotId, SlotProps } from './slots';
import './plugins.css';

/** It came with the libraries of the first bundle. */
const Themed = lazy(loadThemed);

export interface PluginSlotProps<S extends SlotId> {
  id: S;
  slotProps: SlotProps[S];
  /** Only components of this type. */
  renderType?: RenderType;
  /** For tabs: the id of the one to draw. */
  activeTab?: string;
  /** Only this plugin's components. */
  pluginKey?: string;
  /** Around each component. */
  wrapper?: ComponentType<{ children: ReactNode }>;
  /** When no plugin fills the slot. */
  fallback?: ReactNode;
}

/** What stands around a component, by its render type. Menu items, modals and raw ones bring
 * everything themselves. */
function Frame({ item, children }: { item: SlotComponent; children: ReactNode }) {
  switch (item.renderType) {
    case 'tab':
    case 'inline':
      return <div className={`plugin-${item.renderType}`}>{children}</div>;
    case 'card':
      return (
        <section className="plugin-card" aria-label={item.pluginName}>
          <h3>{String(item.props.label ?? item.pluginName)}</h3>
          {children}
        </section>
      );
    case 'widget':
      return (
        <section className="plugin-widget" aria-label={item.pluginName}>
          {children}
        </section>
      );
    case 'button':
      return <span className="plugin-button">{children}</span>;
    case 'modal':
    case 'menuitem':
    case 'raw':
      return <>{children}</>;
  }
}

/** Small places stay empty without a component; large ones say that it is coming, or why it isn't. */
const LARGE: readonly RenderType[] = ['tab', 'inline', 'card', 'widget'];

/** What stands in a place until its component is there: a bundle that is loading, or React.lazy() of its own. */
function Coming({ item }: { item: SlotComponent }) {
  return LARGE.includes(item.renderType) ? (
    <Bars rows={4} label={T.plugins.loading({ name: item.pluginName })} />
  ) : null;
}

function SlotItem({ item, slotProps }: { item: SlotComponent; slotProps: object }) {
  const { Component } = item;
  if (!Component) {
    return item.error && LARGE.includes(item.renderType) ? (
      <PluginFault name={item.pluginName} detail={item.error} onRetry={item.retry} />
    ) : (
      <Coming item={item} />
    );
  }
  return (
    <PluginBoundary name={item.pluginName}>
      <Frame item={item}>
        <Suspense fallback={<Coming item={item} />}>
          <Themed>
            <Component {...item.props} {...slotProps} />
          </Themed>
        </Suspense>
      </Frame>
    </PluginBoundary>
  );
}

export function PluginSlot<S extends SlotId>(props: PluginSlotProps<S>) {
  const { id, slotProps, renderType, activeTab, pluginKey, fallback = null } = props;
  const items = useSlot(id, renderType).filter(
    (item) =>
      (!pluginKey || item.pluginKey === pluginKey) &&
      (activeTab === undefined || item.renderType !== 'tab' || item.id === activeTab),
  );
  if (items.length === 0) return <>{fallback}</>;
  const Wrapper = props.wrapper ?? Fragment;
  return (
    <>
      {items.map((item) => (
        <Wrapper key={`${item.id}:${item.renderType}`}>
          <SlotItem item={item} slotProps={slotProps} />
        </Wrapper>
      ))}
    </>
  );
}
