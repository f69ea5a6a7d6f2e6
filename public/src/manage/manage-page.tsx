/** One plugin: what it is, what it may, how it is set, which versions there are, what it costs. */
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useState, type ReactNode } from 'react';
import type { Installation } from '../api/types';
import { Link, navigate, usePlace, withParams } from '../router/router';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { manageTexts } from '../text/manage';
import { PluginSettings } from '../forms';
import { PluginDialogs, type PluginDialog } from '../market/dialogs';
import { StepsProvider } from '../market/steps';
import { Back } from '../ui/back';
import { Page } from '../ui/page';
import { Bars, Empty, ErrorState } from '../ui/states';
import { ActivityTab } from './activity';
import { hasFile, useMarketDetails, useSubject, type Subject } from './data';
import { DeclaredTab } from './declared';
import { Details } from './details';
import { Changelog, Developers, Readme } from './documents';
import { FetchesTab } from './fetches';
import { Header } from './header';
import { JobsTab } from './jobs';
import { Logs } from './logs';
import { Permissions } from './permissions';
import { StorageTab } from './storage';
import { UsageTab } from './usage';
import { Versions } from './versions';
import '../market/market.css';
import './manage.css';

const TABS = [
  'details',
  'readme',
  'changelog',
  'permissions',
  'settings',
  'versions',
  'activity',
  'declared',
  'usage',
  'storage',
  'jobs',
  'fetches',
  'logs',
  'developers',
] as const;
type TabName = (typeof TABS)[number];

const RUNS_ALONE = ['jobs', 'events'];
const callsServers = (installation: Installation | null) =>
  installation?.permissions.some((p) => p.startsWith('network:')) ?? false;

/** What is known of a plugin that isn't here, or isn't installed, fills fewer tabs. */
function tabsOf({ installation, pack, versions }: Subject, changelog: boolean): TabName[] {
  const some: TabName[] = installation
    ? [...TABS]
    : !pack
      ? ['details', 'changelog', 'permissions']
      : TABS.filter(
          (t) =>
            ['details', 'readme', 'changelog', 'permissions', 'declared', 'developers'].includes(
              t,
            ) ||
            (t === 'versions' && versions.length > 1),
        );
  return some.filter(
    (t) =>
      (t !== 'changelog' || changelog) &&
      (t !== 'fetches' || callsServers(installation)) &&
      (t !== 'storage' || Boolean(installation?.permissions.includes('storage'))) &&
      (t !== 'jobs' || RUNS_ALONE.some((f) => pack?.manifest?.[f])) &&
      (t !== 'developers' || hasFile(pack, 'DEVELOPERS.md')),
  );
}

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
    case 'changelog':
      return <Changelog subject={subject} />;
    case 'developers':
      return <Developers subject={subject} />;
    case 'permissions':
      return <Permissions subject={subject} />;
    case 'versions':
      return <Versions subject={subject} openDialog={props.openDialog} />;
    case 'declared':
      return <DeclaredTab subject={subject} />;
  }
  if (!here) return null;
  if (tab === 'settings') return <PluginSettings installation={here} />;
  if (tab === 'activity') return <ActivityTab plugin={here} />;
  if (tab === 'jobs') return <JobsTab installation={here} />;
  if (tab === 'storage') return <StorageTab installation={here} />;
  if (tab === 'fetches') return <FetchesTab installationId={here.id} />;
  if (tab === 'usage') return <UsageTab installationId={here.id} />;
  return <Logs installationId={here.id} />;
}

const hasChangelog = ({ versions }: Subject, there: string | null | undefined): boolean =>
  versions.length > 0 ? versions.some((p) => hasFile(p, 'CHANGELOG.md')) : Boolean(there);

function Manage({ pluginKey }: { pluginKey: string }) {
  const { query } = usePlace();
  const { subject, loading, error, retry } = useSubject(pluginKey);
  const [dialog, setDialog] = useState<PluginDialog>(null);
  const { data: there } = useMarketDetails(subject);
  const back = <Back to="/plugins?tab=mine" label={manageTexts.back} />;
  if (!subject)
    return (
      <Page title={pluginTexts.title} before={back}>
        {loading ? (
          <Bars rows={8} label={texts.loading} />
        ) : error ? (
          <ErrorState error={error} onRetry={retry} />
        ) : (
          <Empty icon="plugin" title={manageTexts.none} text={manageTexts.noneText}>
            <Link to="/plugins">{pluginTexts.browse}</Link>
          </Empty>
        )}
      </Page>
    );
  const tabs = tabsOf(subject, hasChangelog(subject, there?.changelog));
  const tab = tabs.find((t) => t === query.get('tab')) ?? 'details';
  return (
    <Page title={subject.name} before={back}>
      <div className="manage">
        <Header subject={subject} openDialog={setDialog} />
        <Tabs
          className="manage-tabs"
          value={tab}
          variant="scrollable"
          scrollButtons="auto"
          aria-label={manageTexts.tabs.label}
          onChange={(_, next: string) =>
            navigate(withParams({ tab: next === 'details' ? null : next }))
          }
        >
          {tabs.map((t) => (
            <Tab
              key={t}
              value={t}
              label={manageTexts.tabs[t]}
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
          <h2 className="visually-hidden">{manageTexts.tabs[tab]}</h2>
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
