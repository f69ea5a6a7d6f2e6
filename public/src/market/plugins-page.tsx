/** Plugins: the marketplace, and what is installed here. The address keeps tab, words and filters. */
import Button from '@mui/material/Button';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useState } from 'react';
import { may, useMe } from '../auth/session';
import { usePluginRegistry } from '../plugins/registry';
import { useReload } from '../plugins/reload';
import { navigate, usePlace, withParams } from '../router/router';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { PluginDialogs, type PluginDialog } from './dialogs';
import { newerVersion } from './find';
import { MarketTab, useOffers } from './market-tab';
import { MineTab, type MineState } from './mine-tab';
import { SearchField } from '../ui/search';
import { StepsProvider } from './steps';
import './market.css';

const set = (changes: Record<string, string | null>) =>
  navigate(withParams(changes), { replace: true });

const stateOf = (value: string | null): MineState =>
  value && value in pluginTexts.states ? (value as MineState) : 'all';

const optionsOf = (names: Record<string, string>) =>
  Object.entries(names).map(([value, label]) => ({ value, label }));

function Filters(props: {
  mine: boolean;
  query: URLSearchParams;
  categories: { id: string; name: string; count: number }[];
}) {
  const { mine, query } = props;
  const state = stateOf(query.get('state'));
  const category = query.get('category') ?? '';
  const sort = query.get('sort') ?? '';
  return (
    <div className="market-filters">
      <SearchField
        label={pluginTexts.search}
        value={query.get('q') ?? ''}
        onChange={(q) => set({ q: q || null })}
      />
      {mine ? (
        <>
          <Choice
            label={pluginTexts.state}
            value={state}
            options={optionsOf(pluginTexts.states)}
            active={state !== 'all'}
            onChange={(v) => set({ state: v === 'all' ? null : v })}
          />
          <Choice
            label={pluginTexts.sort}
            value={sort in pluginTexts.sortsMine ? sort : 'name'}
            options={optionsOf(pluginTexts.sortsMine)}
            onChange={(v) => set({ sort: v === 'name' ? null : v })}
          />
        </>
      ) : (
        <>
          <Choice
            label={pluginTexts.category}
            value={category}
            options={[
              { value: '', label: pluginTexts.allCategories },
              ...props.categories.map((c) => ({ value: c.id, label: `${c.name} (${c.count})` })),
            ]}
            active={category !== ''}
            onChange={(v) => set({ category: v || null })}
          />
          <Choice
            label={pluginTexts.sort}
            value={sort in pluginTexts.sorts ? sort : 'best'}
            options={optionsOf(pluginTexts.sorts)}
            onChange={(v) => set({ sort: v === 'best' ? null : v })}
          />
        </>
      )}
    </div>
  );
}

function Plugins() {
  const me = useMe();
  const { query } = usePlace();
  const { installations } = usePluginRegistry();
  const offers = useOffers();
  const reload = useReload();
  const [dialog, setDialog] = useState<PluginDialog>(null);
  const mine = query.get('tab') === 'mine';
  const updates = installations.filter((i) => newerVersion(i, offers.market?.items)).length;
  const clear = () => set({ q: null, category: null, state: null });
  const text = query.get('q') ?? '';
  return (
    <Page
      title={pluginTexts.title}
      actions={
        <>
          {mine && installations.some((i) => i.ui) && may(me, 'plugins:manage') && (
            <Button color="inherit" onClick={() => void reload(null)}>
              {pluginTexts.reloadAll}
            </Button>
          )}
          {me.systemUrl && (
            <Button
              color="inherit"
              component="a"
              href={me.systemUrl}
              target="_blank"
              rel="noopener noreferrer"
              startIcon={<Icon name="shield" size={14} />}
            >
              {texts.system.open}
            </Button>
          )}
        </>
      }
      tools={
        <div className="market-tools">
          <Tabs
            value={mine ? 'mine' : 'market'}
            aria-label={pluginTexts.tabs.label}
            onChange={(_, tab: string) =>
              navigate(tab === 'mine' ? '/plugins?tab=mine' : '/plugins')
            }
          >
            <Tab
              value="market"
              label={pluginTexts.tabs.market}
              id="tab-market"
              aria-controls="panel-plugins"
            />
            <Tab
              value="mine"
              id="tab-mine"
              aria-controls="panel-plugins"
              label={
                <span>
                  {pluginTexts.tabs.mine}{' '}
                  <span className="number soft">{installations.length}</span>
                  {updates > 0 && (
                    <span className="tab-dot" title={pluginTexts.updates({ n: updates })} />
                  )}
                </span>
              }
            />
          </Tabs>
          <Filters mine={mine} query={query} categories={offers.categories} />
        </div>
      }
    >
      <div
        className="market"
        role="tabpanel"
        id="panel-plugins"
        aria-labelledby={mine ? 'tab-mine' : 'tab-market'}
      >
        <h2 className="visually-hidden">
          {mine ? pluginTexts.tabs.mine : pluginTexts.tabs.market}
        </h2>
        {mine ? (
          <MineTab
            text={text}
            state={stateOf(query.get('state'))}
            sort={query.get('sort') ?? 'name'}
            onClear={clear}
            openDialog={setDialog}
          />
        ) : (
          <MarketTab
            data={offers}
            query={{
              text,
              category: query.get('category') ?? '',
              sort: query.get('sort') ?? 'best',
            }}
            onClear={clear}
            openDialog={setDialog}
          />
        )}
      </div>
      <PluginDialogs dialog={dialog} onClose={() => setDialog(null)} />
    </Page>
  );
}

export default function PluginsPage() {
  return (
    <StepsProvider>
      <Plugins />
    </StepsProvider>
  );
}
