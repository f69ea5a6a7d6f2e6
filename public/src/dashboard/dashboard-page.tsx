/** What a person looks at first: widgets of the app and of plugins, which they choose and arrange. */
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useId, useMemo, useState, type DragEvent } from 'react';
import { ApiError, api } from '../api/client';
import { setQueryData, useQuery } from '../api/query';
import { may, useMe } from '../auth/session';
import { usePluginRegistry } from '../plugins/registry';
import { PluginSlot } from '../plugins/slot';
import { texts } from '../text';
import { dashboardTexts } from '../text/dashboard';
import { toast } from '../toasts/store';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { CORE, coreWidgets } from './core-widgets';
import {
  keptOf,
  moved,
  resized,
  shownOf,
  SIZES,
  type Placed,
  type Size,
  type Widget,
} from './layout';
import './dashboard.css';

const SLOT = 'dashboard.widgets';
const KEY = 'dashboard-layout';
const PATH = '/api/me/dashboard';

interface Saved {
  widgets: Placed[] | null;
}

const asSize = (value: unknown): Size => SIZES.find((s) => s === value) ?? 'small';

/** All that the person can have; those of plugins by their places. */
function useWidgets(): Widget[] {
  const me = useMe();
  const { places } = usePluginRegistry();
  return useMemo(
    () => [
      ...(may(me, 'tickets:read:own') ? coreWidgets() : []),
      ...places
        .filter((p) => p.slotId === SLOT)
        .map(({ id, props }): Widget => ({
          id,
          title: String(props.title),
          size: asSize(props.size),
          initial: props.initial === true,
        })),
    ],
    [me, places],
  );
}

/** What is arranged, and ways to change it; each is there at once, and taken back when the server refuses it. */
function useLayout(all: readonly Widget[]) {
  const { data, error, refresh } = useQuery<Saved>(KEY, (signal) => api.get(PATH, { signal }));
  const saved = data?.widgets ?? null;
  const change = async (next: Placed[] | null) => {
    const kept = next && keptOf(next, saved, all);
    setQueryData<Saved>(KEY, { widgets: kept });
    try {
      if (kept) await api.put(PATH, { widgets: kept });
      else await api.del(PATH);
    } catch (e) {
      setQueryData<Saved>(KEY, { widgets: saved });
      toast({
        title: dashboardTexts.notSaved,
        message: e instanceof ApiError ? e.message : undefined,
        tone: 'error',
      });
    }
  };
  return { known: data !== undefined, saved, error, refresh, change };
}

interface Arranging {
  isFirst: boolean;
  isLast: boolean;
  onMove: (by: -1 | 1) => void;
  onResize: (size: Size) => void;
  onRemove: () => void;
}

function Handles({ title, size, arranging }: { title: string; size: Size; arranging: Arranging }) {
  const t = dashboardTexts;
  return (
    <span className="widget-handles">
      <ToggleButtonGroup
        exclusive
        size="small"
        value={size}
        aria-label={t.sizeOf({ title })}
        onChange={(_, next: Size | null) => next && arranging.onResize(next)}
      >
        {SIZES.map((s) => (
          <ToggleButton key={s} value={s}>
            {t.sizes[s]}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <IconButton
        size="small"
        aria-label={t.earlier({ title })}
        title={t.earlier({ title })}
        disabled={arranging.isFirst}
        onClick={() => arranging.onMove(-1)}
      >
        <Icon name="left" />
      </IconButton>
      <IconButton
        size="small"
        aria-label={t.later({ title })}
        title={t.later({ title })}
        disabled={arranging.isLast}
        onClick={() => arranging.onMove(1)}
      >
        <Icon name="right" />
      </IconButton>
      <IconButton
        size="small"
        aria-label={t.remove({ title })}
        title={t.remove({ title })}
        onClick={arranging.onRemove}
      >
        <Icon name="close" />
      </IconButton>
    </span>
  );
}

function WidgetBody({ id, size }: { id: string; size: Size }) {
  const Core = CORE[id];
  if (Core) return <Core />;
  const pluginKey = id.slice(0, id.indexOf(':'));
  return (
    <PluginSlot
      id="dashboard.widgets"
      renderType="widget"
      pluginKey={pluginKey}
      place={id}
      slotProps={{ pluginKey, size }}
    />
  );
}

function Adding(props: { free: readonly Widget[]; onAdd: (widget: Widget) => void }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const id = useId();
  return (
    <>
      <Button
        id={id}
        startIcon={<Icon name="plus" />}
        disabled={props.free.length === 0}
        aria-haspopup="menu"
        onClick={(e) => setAnchor(e.currentTarget)}
      >
        {dashboardTexts.add}
      </Button>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        slotProps={{ list: { 'aria-labelledby': id } }}
      >
        {props.free.map((w) => (
          <MenuItem
            key={w.id}
            onClick={() => {
              setAnchor(null);
              props.onAdd(w);
            }}
          >
            {w.title}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}

function Grid(props: {
  shown: readonly Placed[];
  all: readonly Widget[];
  arranges: boolean;
  onChange: (next: Placed[]) => void;
}) {
  const { shown, all, arranges, onChange } = props;
  const id = useId();
  const [dragged, setDragged] = useState<string | null>(null);
  const over = (e: DragEvent, at: number) => {
    if (dragged === null) return;
    e.preventDefault();
    if (shown[at]?.id !== dragged && e.type === 'drop') onChange(moved(shown, dragged, at));
  };
  return (
    <ul className="widgets" data-arranges={arranges}>
      {shown.map((p, i) => {
        const title = all.find((w) => w.id === p.id)?.title ?? p.id;
        return (
          <li
            key={p.id}
            data-size={p.size}
            data-dragged={dragged === p.id}
            draggable={arranges}
            onDragStart={() => setDragged(p.id)}
            onDragEnd={() => setDragged(null)}
            onDragOver={(e) => over(e, i)}
            onDrop={(e) => over(e, i)}
          >
            <section aria-labelledby={`${id}-${p.id}`}>
              <header>
                <h2 id={`${id}-${p.id}`}>{title}</h2>
                {arranges && (
                  <Handles
                    title={title}
                    size={p.size}
                    arranging={{
                      isFirst: i === 0,
                      isLast: i === shown.length - 1,
                      onMove: (by) => onChange(moved(shown, p.id, i + by)),
                      onResize: (size) => onChange(resized(shown, p.id, size)),
                      onRemove: () => onChange(shown.filter((x) => x.id !== p.id)),
                    }}
                  />
                )}
              </header>
              <div className="widget-body">
                <WidgetBody id={p.id} size={p.size} />
              </div>
            </section>
          </li>
        );
      })}
    </ul>
  );
}

export default function DashboardPage() {
  const t = dashboardTexts;
  const all = useWidgets();
  const { loading } = usePluginRegistry();
  const layout = useLayout(all);
  const [arranges, setArranges] = useState(false);
  const shown = shownOf(layout.saved, all);
  const free = all.filter((w) => !shown.some((p) => p.id === w.id));
  const waits = !layout.known || (loading && all.every((w) => CORE[w.id]));
  return (
    <Page
      title={t.title}
      still
      actions={
        layout.known && (
          <>
            {arranges && (
              <>
                <Adding
                  free={free}
                  onAdd={({ id, size }) => void layout.change([...shown, { id, size }])}
                />
                <Button disabled={!layout.saved} onClick={() => void layout.change(null)}>
                  {t.reset}
                </Button>
              </>
            )}
            <Button
              variant={arranges ? 'contained' : 'outlined'}
              onClick={() => setArranges(!arranges)}
            >
              {arranges ? t.done : t.arrange}
            </Button>
          </>
        )
      }
    >
      {layout.error && !layout.known ? (
        <ErrorState error={layout.error} onRetry={layout.refresh} />
      ) : waits ? (
        <Bars rows={8} label={texts.loading} />
      ) : shown.length === 0 ? (
        <Empty icon="dashboard" title={t.none} text={t.noneText}>
          {!arranges && all.length > 0 && (
            <Button variant="outlined" onClick={() => setArranges(true)}>
              {t.arrange}
            </Button>
          )}
        </Empty>
      ) : (
        <Grid
          shown={shown}
          all={all}
          arranges={arranges}
          onChange={(next) => void layout.change(next)}
        />
      )}
    </Page>
  );
}
