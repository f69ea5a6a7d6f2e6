/**
 * The settings of one installed plugin: its own panel when it brings one (slot plugin.config), else the
 * form made from its manifest. This is where the form meets the server.
 */
import { useRef, useState } from 'react';
import { api } from '../api/client';
import { setQueryData, invalidate, useQuery } from '../api/query';
import type { Items, User } from '../api/types';
import { useEvents, useResync } from '../events/live';
import { useSlot } from '../plugins/registry';
import { PluginSlot } from '../plugins/slot';
import { formTexts } from '../text/forms';
import { toast } from '../toasts/store';
import { Bars, Empty, ErrorState } from '../ui/states';
import type { Draft } from './draft';
import { SettingsForm } from './settings-form';
import type { Configuration, SentValues, Setting, SettingValue, TestResult } from './types';

/** Drafts that were left, by installation, for as long as the page lives. Without secrets. */
const drafts = new Map<string, Draft>();

const SAVE_MS = 60_000;
const keyOf = (id: string) => `configuration/${id}`;
const pathOf = (id: string) => `/api/plugins/installations/${id}/configuration`;

export interface PluginSettingsProps {
  installation: { id: string; pluginKey: string; state: string };
}

/** Reading, and everything that can be done with it. */
export function useConfiguration({ id, pluginKey }: { id: string; pluginKey: string }) {
  const query = useQuery<Configuration>(keyOf(id), (signal) => api.get(pathOf(id), { signal }));
  const put = (next: Configuration) => {
    setQueryData<Configuration>(keyOf(id), next);
    invalidate('plugins/');
  };
  const reload = async () => put(await api.get<Configuration>(pathOf(id)));
  useEvents(['PluginConfigured', 'PluginUpgraded', 'PluginRolledBack'], (event) => {
    if (event.data.pluginKey === pluginKey) invalidate(keyOf(id));
  });
  useResync(() => invalidate(keyOf(id)));
  return {
    ...query,
    reload,
    save: async (values: SentValues, version?: number) => {
      const next = await api.put<Configuration>(
        pathOf(id),
        { values, ...(version !== undefined && { version }) },
        { deadline: SAVE_MS },
      );
      put(next);
      toast({ title: formTexts.saved, message: next.message ?? '', tone: 'success' });
    },
    reset: async (version: number) => {
      put(await api.post<Configuration>(`${pathOf(id)}/reset`, { version }, { deadline: SAVE_MS }));
      toast({ title: formTexts.resetDone, message: '', tone: 'success' });
    },
    generate: async (key: string) => {
      const made = await api.post<{ value: string }>(
        `${pathOf(id)}/generate`,
        { key },
        { deadline: SAVE_MS },
      );
      invalidate(keyOf(id));
      return made.value;
    },
    test: (values?: SentValues) =>
      api.post<TestResult>(
        `/api/plugins/${pluginKey}/test-connection`,
        { ...(values && { values }) },
        { deadline: SAVE_MS },
      ),
  };
}

/** One that has been read. */
type Conf = ReturnType<typeof useConfiguration> & { data: Configuration };

/**
 * What a panel is given of a secret. Panels put values into fields as they are: this one is an empty text there, and
 * whether the secret is set can be asked for all the same.
 */
class SecretValue {
  constructor(readonly set: boolean) {}
  toString(): string {
    return '';
  }
}

const isSecret = (v: SettingValue | undefined): v is { set: boolean } =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

const forPanel = (values: Configuration['values']): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([key, v]) => [key, isSecret(v) ? new SecretValue(v.set) : v]),
  );

/** Fields hand on texts; numbers and switches that the manifest declares are stored as what they are. */
export function asDeclared(
  setting: Setting | undefined,
  v: SentValues[string],
): SentValues[string] {
  if (typeof v !== 'string') return v;
  if (setting?.type === 'number' && v.trim() !== '' && Number.isFinite(Number(v))) return Number(v);
  if (setting?.type === 'boolean' && (v === 'true' || v === 'false')) return v === 'true';
  return v;
}

/** A plugin's own panel gets the names that such panels know: what is set, and ways to change it. */
function usePanel(conf: Conf, pluginKey: string, installationId: string) {
  const [changes, setChanges] = useState<SentValues>({});
  const [saving, setSaving] = useState(false);
  const [testing, setTesting] = useState(false);
  // Secrets that are not changed, and what no manifest declares, stay as they are when they are not sent.
  const values = (): SentValues => {
    const all: SentValues = {};
    for (const { key } of conf.data.schema) {
      const stored = conf.data.values[key];
      if (stored !== undefined && !isSecret(stored)) all[key] = stored;
    }
    for (const [key, v] of Object.entries(changes))
      all[key] = asDeclared(
        conf.data.schema.find((s) => s.key === key),
        v,
      );
    return all;
  };
  const attempt = async <R,>(busy: (on: boolean) => void, action: () => Promise<R>) => {
    busy(true);
    try {
      return await action();
    } finally {
      busy(false);
    }
  };
  return {
    pluginKey,
    installationId,
    configData: { ...forPanel(conf.data.values), ...changes },
    onConfigChange: (key: string, value: SentValues[string]) =>
      setChanges((old) => ({ ...old, [key]: value })),
    onSaveConfiguration: () =>
      attempt(setSaving, async () => {
        await conf.save(values(), conf.data.version);
        setChanges({});
      }),
    onTestConnection: () => attempt(setTesting, () => conf.test(values())),
    isSavingConfig: saving,
    isTestingConnection: testing,
  };
}

function Form({ conf, id, state }: { conf: Conf; id: string; state: string }) {
  const first = useRef(drafts.get(id));
  const people = useQuery<Items<User>>(
    conf.data.schema.some((s) => s.type === 'user') ? 'users' : null,
    (signal) => api.get('/api/users', { signal }),
  );
  if (conf.data.schema.length === 0)
    return <Empty icon="settings" title={formTexts.none} text={formTexts.noneText} />;
  return (
    <>
      {state === 'disabled' && <p className="settings-note soft">{formTexts.disabledNote}</p>}
      <SettingsForm
        configuration={conf.data}
        people={people.data?.items ?? []}
        onSave={conf.save}
        onReset={conf.reset}
        onGenerate={conf.generate}
        onTest={conf.test}
        onReload={conf.reload}
        draft={first.current}
        onDraft={(draft) => (draft ? drafts.set(id, draft) : drafts.delete(id))}
      />
    </>
  );
}

function Settings({ conf, installation }: { conf: Conf } & PluginSettingsProps) {
  const { id, pluginKey, state } = installation;
  const panel = usePanel(conf, pluginKey, id);
  return (
    <PluginSlot
      id="plugin.config"
      pluginKey={pluginKey}
      slotProps={panel}
      fallback={<Form conf={conf} id={id} state={state} />}
    />
  );
}

/** Nothing is shown before the stored values are here: a panel that starts from empty fields would save
 * its defaults over them. */
export function PluginSettings({ installation }: PluginSettingsProps) {
  const conf = useConfiguration(installation);
  const { data, error, refresh } = conf;
  // Its bundle is fetched meanwhile.
  useSlot('plugin.config', { pluginKey: installation.pluginKey });
  if (data)
    return <Settings key={installation.id} conf={{ ...conf, data }} installation={installation} />;
  if (error) return <ErrorState error={error} onRetry={refresh} />;
  return <Bars label={formTexts.loading} />;
}
