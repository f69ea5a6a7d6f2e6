/** Pages that consist of what plugins bring. They are in the navigation while a plugin has something for them. */
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useState, type ReactNode } from 'react';
import { navigate, usePlace, withParams } from '../router/router';
import { texts } from '../text';
import { placeTexts } from '../text/places';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { usePluginModals } from './modals';
import { usePluginRegistry, usePluginTabs } from './registry';
import { PluginSlot } from './slot';
import type { SlotId } from './slots';
import { TabIcon } from './tab-icon';

function PluginPage(props: {
  title: string;
  slot: SlotId;
  actions?: ReactNode;
  panel: (activeTab: string) => ReactNode;
}) {
  const tabs = usePluginTabs(props.slot);
  const { installations, loading, error, refresh } = usePluginRegistry();
  const wanted = usePlace().query.get('tab');
  const tab = tabs.find((t) => t.id === wanted) ?? tabs[0];
  return (
    <Page
      title={props.title}
      actions={props.actions}
      still
      tools={
        tab && (
          <Tabs
            value={tab.id}
            variant="scrollable"
            scrollButtons={false}
            aria-label={props.title}
            onChange={(_, next: string) => navigate(withParams({ tab: next }), { replace: true })}
          >
            {tabs.map((t) => (
              <Tab
                key={t.id}
                value={t.id}
                id={`tab-${t.id}`}
                aria-controls="panel-plugin"
                label={
                  <span>
                    <TabIcon icon={t.icon} />
                    {t.label}
                  </span>
                }
              />
            ))}
          </Tabs>
        )
      }
    >
      {tab ? (
        <div
          role="tabpanel"
          id="panel-plugin"
          className="plugin-page"
          aria-labelledby={`tab-${tab.id}`}
        >
          {props.panel(tab.id)}
        </div>
      ) : error && installations.length === 0 ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : loading ? (
        <Bars rows={6} label={texts.loading} />
      ) : (
        <Empty icon="plugin" title={placeTexts.pageEmpty} text={placeTexts.pageEmptyText} />
      )}
    </Page>
  );
}

export function ModelsPage() {
  return (
    <PluginPage
      title={texts.nav.models}
      slot="page.models.tabs"
      panel={(tab) => (
        <PluginSlot id="page.models.tabs" renderType="tab" activeTab={tab} slotProps={{}} />
      )}
    />
  );
}

function RiskActions() {
  const { places } = usePluginRegistry();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const modals = usePluginModals();
  const close = () => setAnchor(null);
  const shared = { slotProps: { onMenuClose: close }, modals };
  const hasMenu = places.some(
    (p) => p.slotId === 'page.risks.actions' && p.renderType === 'menuitem',
  );
  return (
    <>
      <PluginSlot id="page.risks.actions" renderType="button" {...shared} />
      {hasMenu && (
        <IconButton
          size="small"
          aria-label={texts.tickets.actions}
          aria-haspopup="menu"
          onClick={(e) => setAnchor(e.currentTarget)}
        >
          <Icon name="more" />
        </IconButton>
      )}
      <Menu anchorEl={anchor} open={anchor !== null} onClose={close}>
        <PluginSlot id="page.risks.actions" renderType="menuitem" {...shared} />
      </Menu>
      <PluginSlot id="page.risks.actions" renderType="modal" {...shared} />
    </>
  );
}

export function RisksPage() {
  return (
    <PluginPage
      title={texts.nav.risks}
      slot="page.risks.tabs"
      actions={<RiskActions />}
      panel={(tab) => (
        <PluginSlot id="page.risks.tabs" renderType="tab" activeTab={tab} slotProps={{}} />
      )}
    />
  );
}
