/** Plugins of all companies: which versions run where, rollouts, and whom this server trusts. */
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { Link, navigate, usePlace } from '../router/router';
import { P } from '../text/plugins';
import { M } from '../text/manage';
import { StepsProvider } from '../market/steps';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Overview } from './overview';
import { Rollouts } from './rollouts';
import { TrustTab } from './trust-tab';
import '../market/market.css';
import '../manage/manage.css';
import './system.css';

const TABS = ['plugins', 'rollouts', 'trust'] as const;
type TabName = (typeof TABS)[number];
const tabOf = (v: string | null): TabName => TABS.find((t) => t === v) ?? 'plugins';

export default function SystemPage() {
  const tab = tabOf(usePlace().query.get('tab'));
  return (
    <StepsProvider>
      <Page
        title={M.system.title}
        before={
          <Link to="/plugins" className="page-back" aria-label={P.title} title={P.title}>
            <Icon name="back" />
          </Link>
        }
      >
        <div className="manage">
          <Tabs
            className="manage-tabs"
            value={tab}
            aria-label={M.system.tabs.label}
            onChange={(_, next: string) =>
              navigate(next === 'plugins' ? '/system/plugins' : `/system/plugins?tab=${next}`)
            }
          >
            {TABS.map((t) => (
              <Tab
                key={t}
                value={t}
                label={M.system.tabs[t]}
                id={`tab-${t}`}
                aria-controls={tab === t ? 'panel-system' : undefined}
              />
            ))}
          </Tabs>
          <div role="tabpanel" id="panel-system" aria-labelledby={`tab-${tab}`}>
            {tab === 'plugins' && <Overview />}
            {tab === 'rollouts' && <Rollouts />}
            {tab === 'trust' && <TrustTab />}
          </div>
        </div>
      </Page>
    </StepsProvider>
  );
}
