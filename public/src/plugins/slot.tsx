/** The place where plugins' components stand, each behind a boundary of its own. */
import {
  Fragment,
  lazy,
  Suspense,
  useLayoutEffect,
  useMemo,
  useState,
  type ComponentType,
  type ReactNode,
} from 'react';
import { invalidate } from '../api/query';
import { texts } from '../text';
import { toast, type ToastTone } from '../toasts/store';
import { Bars } from '../ui/states';
import { apiServices } from './api-services';
import { PluginBoundary, PluginFault } from './boundary';
import { usePluginModals, type PluginModals } from './modals';
import { useSlot } from './registry';
import type {
  ModalProps,
  RenderType,
  SharedProps,
  SlotComponent,
  SlotId,
  SlotProps,
} from './slots';
import { shown } from './times';
import './plugins.css';

/** It came with the libraries of the first bundle. */
const PluginRoot = lazy(() => import('./root'));

export interface PluginSlotProps<S extends SlotId> {
  id: S;
  /** A page may say itself whether a modal is open. */
  slotProps: SlotProps[S] & Partial<ModalProps>;
  /** Only components of this type. */
  renderType?: RenderType;
  /** For tabs: the value or id of the one to draw. */
  activeTab?: string;
  /** Only this plugin's components. */
  pluginKey?: string;
  /** Only the component of this place. */
  place?: string;
  /** A component that failed is tried again when this is another. */
  attempt?: string;
  /** Around each component. */
  wrapper?: ComponentType<{ children: ReactNode }>;
  /** When no plugin fills the slot. */
  fallback?: ReactNode;
  /** Which modals are open, where the slot is drawn in several parts; else the part knows by itself. */
  modals?: PluginModals;
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
      // A widget of the dashboard has a frame and a heading there.
      if (item.slotId === 'dashboard.widgets') return <>{children}</>;
      return (
        <section className="plugin-widget" aria-label={item.pluginName}>
          {children}
        </section>
      );
    case 'button':
      return <span className="plugin-button">{children}</span>;
    case 'modal':
    case 'menuitem':
    case 'page':
    case 'raw':
      return <>{children}</>;
  }
}

/** Small places stay empty without a component; large ones say that it is coming, or why it isn't. */
const LARGE: readonly RenderType[] = ['tab', 'page', 'inline', 'card', 'widget'];

/** What stands in a place until its component is there: a bundle that is loading, or React.lazy() of its own. */
function Coming({ item }: { item: SlotComponent }) {
  return LARGE.includes(item.renderType) ? (
    <Bars rows={4} label={texts.plugins.loading({ name: item.pluginName })} />
  ) : null;
}

const TONES: Record<string, ToastTone> = {
  success: 'success',
  error: 'error',
  warning: 'warning',
  info: 'info',
};

const onToast: SharedProps['onToast'] = ({ variant = 'info', title, body, message }) => {
  const words = [title, body ?? message].filter(Boolean);
  toast({ title: words[0] ?? '', message: words[1], tone: TONES[variant] ?? 'info' });
};

/** All queries: what was imported may be anywhere on the page. */
const onImportComplete = () => invalidate('');

function useSharedProps(
  item: SlotComponent,
  modals: PluginModals,
): SharedProps & Partial<ModalProps> {
  const { pluginKey } = item;
  const { open } = modals;
  const shared = useMemo<SharedProps>(
    () => ({
      apiServices,
      onToast,
      onTriggerModal: (name) => open(pluginKey, name),
      onImportComplete,
    }),
    [open, pluginKey],
  );
  if (item.renderType !== 'modal') return shared;
  const onClose = () => modals.close(item);
  return {
    ...shared,
    open: modals.isOpen(item),
    onClose,
    onImportComplete: () => {
      onImportComplete();
      onClose();
    },
  };
}

/** What it takes from its first drawing to the screen; without the time that a part of it was still loading. */
function Timed(props: { item: SlotComponent; since: number | null; children: ReactNode }) {
  const [began] = useState(() => performance.now());
  useLayoutEffect(() => {
    const now = performance.now();
    shown(props.item, now - began, props.since && now - props.since);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once
  }, []);
  return props.children;
}

function SlotItem(props: {
  item: SlotComponent;
  slotProps: object;
  modals: PluginModals;
  attempt: string | undefined;
}) {
  const { item, slotProps, modals } = props;
  const { Component } = item;
  const shared = useSharedProps(item, modals);
  /** When its place was drawn, if its bundle had to be fetched. */
  const [since] = useState(() => (Component ? null : performance.now()));
  if (!Component) {
    return item.error && LARGE.includes(item.renderType) ? (
      <PluginFault name={item.pluginName} detail={item.error} onRetry={item.retry} />
    ) : (
      <Coming item={item} />
    );
  }
  return (
    <PluginBoundary name={item.pluginName} attempt={props.attempt}>
      <Frame item={item}>
        <Suspense fallback={<Coming item={item} />}>
          <Timed item={item} since={since}>
            <PluginRoot item={item}>
              <Component {...item.props} {...shared} {...slotProps} />
            </PluginRoot>
          </Timed>
        </Suspense>
      </Frame>
    </PluginBoundary>
  );
}

export function PluginSlot<S extends SlotId>(props: PluginSlotProps<S>) {
  const { id, slotProps, renderType, activeTab, pluginKey, place, fallback = null } = props;
  const own = usePluginModals();
  const items = useSlot(id, { renderType, pluginKey, activeTab, place });
  if (items.length === 0) return <>{fallback}</>;
  const Wrapper = props.wrapper ?? Fragment;
  return (
    <>
      {items.map((item) => (
        <Wrapper key={`${item.pluginKey}:${item.id}:${item.renderType}`}>
          <SlotItem
            item={item}
            slotProps={slotProps}
            modals={props.modals ?? own}
            attempt={props.attempt}
          />
        </Wrapper>
      ))}
    </>
  );
}
