/** Every call of plugin administration, by its name. Queries are kept under "plugins/": an event of a
 * plugin's life makes all of them be asked again. */
import { api, type Reply } from '../api/client';
import { postInLines, upload } from '../api/send';
import { invalidate, invalidateSoon, useQuery, type Query } from '../api/query';
import type { Installation, Items, PluginPackage } from '../api/types';
import { INSTALLATIONS } from '../plugins/slots';
import type { CheckLine } from './checks';
import type {
  Activity,
  FetchLine,
  Category,
  Exported,
  Guest,
  Job,
  LogPage,
  Market,
  MarketDetails,
  OverviewPlugin,
  Rollout,
  StoredExport,
  Step,
  TrustStore,
  Usage,
  WorkItem,
} from './types';

/** Making tables, moving rows and starting workers takes longer than a read. */
export const OPERATION_DEADLINE_MS = 120_000;
const ROLLOUT_MS = 1000;
const LONG = { deadline: OPERATION_DEADLINE_MS };

const part = encodeURIComponent;

function useGet<T>(
  path: string | null,
  every: (data: T | undefined) => number | false = () => false,
): Query<T> {
  return useQuery<T>(
    path === null ? null : `plugins/${path}`,
    (signal) => api.get<T>(path ?? '', { signal }),
    { every },
  );
}

/* What is there. */
export const useMarket = () => useGet<Market>('/api/plugins/marketplace');
export const useCategories = () => useGet<Items<Category>>('/api/plugins/categories');
export const useCatalog = () => useGet<Items<PluginPackage>>('/api/plugins/catalog');
export const useVersions = (key: string | null) =>
  useGet<Items<PluginPackage>>(key && `/api/plugins/catalog/${part(key)}`);
export const useStepList = (every: (steps: Items<Step> | undefined) => number) =>
  useGet<Items<Step>>('/api/plugins/steps', every);
export const useDocument = (
  key: string,
  version: string | null,
  name: 'readme' | 'changelog' | 'developers',
) =>
  useQuery<string>(version && `plugins/${name}/${key}/${version}`, (signal) =>
    api.text(`/api/plugins/catalog/${part(key)}/${part(version ?? '')}/${name}`, { signal }),
  );
export const useMarketEntry = (key: string | null) =>
  useGet<MarketDetails>(key && `/api/plugins/marketplace/${part(key)}`);

const ofInstallation = (id: string, what: string) => `/api/plugins/installations/${id}/${what}`;
/* Not under "plugins/": these are gone with the installation, and nobody should ask for them then. */
/** `stamp` is how the installation stands: another one makes the question be asked again. */
export const useActivity = (id: string, stamp: string) =>
  useQuery<Items<Activity>>(`activity/${id}/${stamp}`, (signal) =>
    api.get(ofInstallation(id, 'activity'), { signal }),
  );
export const useFetches = (id: string) =>
  useQuery<Items<FetchLine>>(`fetches/${id}`, (signal) =>
    api.get(ofInstallation(id, 'fetches'), { signal }),
  );
const WORK_MS = 2000;
/** Some of its runs aren't over, or its next time isn't computed yet. */
const isMoving = (j: Job) => j.waiting > 0 || (j.schedule !== null && !j.pausedAt && !j.nextAt);
export const useJobs = (id: string) =>
  useQuery<Items<Job>>(
    `work/${id}/jobs`,
    (signal) => api.get(ofInstallation(id, 'jobs'), { signal }),
    { every: (jobs) => (jobs?.items.some(isMoving) ? WORK_MS : false) },
  );
/** The newest first; often while something of it isn't over. */
export const useWork = (id: string, query: { state?: string; job?: string; limit: number }) =>
  useQuery<Items<WorkItem>>(
    `work/${id}/items/${JSON.stringify(query)}`,
    (signal) => api.get(ofInstallation(id, 'work'), { query, signal }),
    {
      every: (work) =>
        work?.items.some((w) => w.state === 'running' || w.state === 'due') ? WORK_MS : false,
    },
  );
export const useUsage = (id: string) =>
  useQuery<Usage>(`usage/${id}`, (signal) => api.get(ofInstallation(id, 'usage'), { signal }));
/** Of the company that has this installation, or (by key) of all companies. */
export const useGuests = (of: { id: string } | { key: string }) => {
  const path =
    'id' in of ? ofInstallation(of.id, 'guests') : `/api/plugins/overview/${part(of.key)}/guests`;
  return useQuery<Items<Guest>>(`guests/${path}`, (signal) => api.get(path, { signal }));
};
export const readLogs = (
  id: string,
  query: {
    limit: number;
    before?: string | null;
    after?: string | null;
    level?: string;
    q?: string;
    since?: string;
  },
  signal: AbortSignal,
) => api.get<LogPage>(ofInstallation(id, 'logs'), { query, signal });
export const useExports = () => useGet<Items<StoredExport>>('/api/plugins/exports');
export const useOverview = () => useGet<Items<OverviewPlugin>>('/api/plugins/overview');
/** Often while one is running. */
export const useRollouts = () =>
  useGet<Items<Rollout>>('/api/plugins/rollouts', (rollouts) =>
    rollouts?.items.some((r) => r.state === 'running') ? ROLLOUT_MS : false,
  );
export const useTrustStore = () => useGet<TrustStore>('/api/plugins/trust');

/* What can be done. Each ends with that being asked again which it may have changed, whether it went well or not. */
async function withRefresh<T>(
  promise: Promise<T>,
  changed: readonly string[] = ['plugins/'],
): Promise<T> {
  try {
    return await promise;
  } finally {
    // Its step is over: who counts steps need not find that out later, and ask again then.
    invalidate('plugins//api/plugins/steps');
    changed.forEach(invalidateSoon);
  }
}

export const refreshMarket = () =>
  withRefresh(api.post('/api/plugins/marketplace/refresh', {}, LONG));

/** The package of an entry, brought into this server's catalogue and checked. */
export const fetchPackage = (
  key: string,
  version: string,
  onLine: (line: CheckLine) => void,
  signal: AbortSignal,
): Promise<PluginPackage> =>
  postInLines<PluginPackage>(
    `/api/plugins/marketplace/${part(key)}/fetch`,
    { version },
    { ...LONG, onLine: (line) => onLine(line as CheckLine), signal },
  ).finally(() => invalidateSoon('plugins//api/plugins/catalog'));

export const uploadPackage = (
  files: Record<string, File>,
  onShare: (share: number) => void,
  onLine: (line: CheckLine) => void,
  signal: AbortSignal,
): Promise<Reply<PluginPackage>> =>
  withRefresh(
    upload<PluginPackage>('/api/plugins/upload', files, {
      onShare,
      onLine: (line) => onLine(line as CheckLine),
      signal,
    }),
  );

const version = (key: string, v: string) => `/api/plugins/catalog/${part(key)}/${part(v)}`;

export const approve = (pack: PluginPackage) =>
  withRefresh(
    api.post<PluginPackage>(
      `${version(pack.key, pack.version)}/approve`,
      { permissions: pack.permissions },
      LONG,
    ),
  );
export const finish = (key: string, v: string) =>
  withRefresh(api.post(`${version(key, v)}/finish`, {}, LONG));
export const deleteVersion = (key: string, v: string) =>
  withRefresh(api.del(version(key, v), LONG));

export interface InstallOrder {
  pluginKey: string;
  version?: string;
  permissions: readonly string[];
}
export const install = (order: InstallOrder) =>
  withRefresh(api.post<Installation>('/api/plugins/install', order, LONG), [INSTALLATIONS]);

const installation = (id: string) => `/api/plugins/installations/${id}`;

export const setEnabled = (id: string, to: 'enable' | 'disable') =>
  withRefresh(api.post<Installation>(`${installation(id)}/${to}`, undefined, LONG), [
    INSTALLATIONS,
  ]);
export const upgrade = (id: string, to: { version?: string; permissions: readonly string[] }) =>
  withRefresh(api.post<Installation>(`${installation(id)}/upgrade`, to, LONG));
export const rollback = (id: string) =>
  withRefresh(api.post<Installation>(`${installation(id)}/rollback`, {}, LONG));
export const uninstall = (id: string, data: 'delete' | 'export') =>
  withRefresh(api.del<Exported | undefined>(`${installation(id)}?data=${data}`, LONG), [
    INSTALLATIONS,
    'plugins//api/plugins/exports',
  ]);

export const deleteExport = (id: string) => withRefresh(api.del(`/api/plugins/exports/${id}`));

export const cancelStep = (id: string) => api.post(`/api/plugins/steps/${id}/cancel`, {});

const withWork = <T>(id: string, promise: Promise<T>) => withRefresh(promise, [`work/${id}/`]);
export const askJob = (id: string, job: string, what: 'run' | 'pause' | 'resume') =>
  withWork(id, api.post(`${installation(id)}/jobs/${part(job)}/${what}`));
export const runAgain = (id: string, item: number) =>
  withWork(id, api.post(`${installation(id)}/work/${item}/retry`));
export const cancelWork = (id: string, item: number) =>
  withWork(id, api.del(`${installation(id)}/work/${item}`));

export interface RolloutOrder {
  pluginKey: string;
  version: string;
  percent: number;
  permissions: readonly string[];
}
export const startRollout = (order: RolloutOrder) =>
  withRefresh(api.post<Rollout>('/api/plugins/rollouts', order, LONG));
export const setRolloutState = (id: string, to: 'pause' | 'resume' | 'cancel') =>
  withRefresh(api.post<Rollout>(`/api/plugins/rollouts/${id}/${to}`, {}, LONG));
