/** One plugin: what it is, what it may, how it is set, which versions there are, what it costs. */
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useState, type ReactNode } from 'react';
import { Link, navigate, usePlace, withParams } from '../router/router';
import { T } from '../text';
import { P } from '../text/plugins';
import { M } from '../text/manage';
import { PluginSettings } from '../forms';
import { PluginDialogs, type PluginDialog } from '../market/dialogs';
import { StepsProvider } from '../market/steps';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { ActivityTab } from './activity';
import { useSubject, type Subject } from './data';
import { DeclaredTab } from './declared';
import { Details } from './details';
import { Header } from './header';
import { Logs } from './logs';
import { Permissions } from './permissions';
import { Readme } from './readme';
import { UsageTab } from './usage';
import { Versions } from './versions';
import '../market/market.css';
import './manage.css';

const TABS = [
  'details',
  'readme',
  'permissions',
  'settings',
  'versions',
  'activity',
  'declared',
  'usage',
  'logs',
] as const;
type TabName = (typeof TABS)[number];

const tabOf = (value: string | null): TabName => TABS.find((t) => t === value) ?? 'details';

function Part(props: {
  tab: TabName;
  subject: Subject;
  openDialog: (dialog: PluginDialog) => void;
}): ReactNode {
  const { tab, subject } = props;
  const here = subject.installation;
  switch (tab) {
    case 'details':
      return <Details subject={subject} />;
    case 'readme':
      return <Readme subject={subject} />;
    case 'permissions':
      return <Permissions subject={subject} />;
    case 'versions':
      return <Versions subject={subject} openDialog={props.openDialog} />;
    case 'declared':
      return <DeclaredTab subject={subject} />;
  }
  if (!here) return <Empty icon="plugin" title={M.installFirst} text={M.installFirstText} />;
  if (tab === 'settings') return <PluginSettings installation={here} />;
  if (tab === 'activity') return <ActivityTab plugin={here} />;
  if (tab === 'usage') return <UsageTab installationId={here.id} />;
  return <Logs installationId={here.id} />;
}

function Manage({ pluginKey }: { pluginKey: string }) {
  const { query } = usePlace();
  const { subject, loading, error, retry } = useSubject(pluginKey);
  const [dialog, setDialog] = useState<PluginDialog>(null);
  const tab = tabOf(query.get('tab'));
  const back = (
    <Link to="/plugins?tab=mine" className="page-back" aria-label={M.back} title={M.back}>
      <Icon name="back" />
    </Link>
  );
  if (!subject)
    return (
      <Page title={P.title} before={back}>
        {loading ? (
          <Bars rows={8} label={T.loading} />
        ) : error ? (
          <ErrorState error={error} onRetry={retry} />
        ) : (
          <Empty icon="plugin" title={M.none} text={M.noneText}>
            <Link to="/plugins">{P.browse}</Link>
          </Empty>
        )}
      </Page>
    );
  return (
    <Page title={subject.name} before={back}>
      <div className="manage">
        <Header subject={subject} openDialog={setDialog} />
        <Tabs
          className="manage-tabs"
          value={tab}
          variant="scrollable"
          scrollButtons="auto"
          aria-label={M.tabs.label}
          onChange={(_, next: string) =>
            navigate(withParams({ tab: next === 'details' ? null : next }))
          }
        >
          {TABS.map((t) => (
            <Tab
              key={t}
              value={t}
              label={M.tabs[t]}
              id={`tab-${t}`}
              aria-controls={tab === t ? 'panel-manage' : undefined}
            />
          ))}
        </Tabs>
        <div
          className="manage-part"
          role="tabpanel"
          id="panel-manage"
          aria-labelledby={`tab-${tab}`}
        >
          <h2 className="visually-hidden">{M.tabs[tab]}</h2>
          <Part tab={tab} subject={subject} openDialog={setDialog} />
        </div>
      </div>
      <PluginDialogs
        dialog={dialog}
        onClose={() => setDialog(null)}
        onGone={() => navigate('/plugins?tab=mine')}
      />
    </Page>
  );
}

export default function ManagePage({ pluginKey }: { pluginKey: string }) {
  return (
    <StepsProvider>
      <Manage key={pluginKey} pluginKey={pluginKey} />
    </StepsProvider>
  );
}
