/** Plugins that a package depends on, and what of them is here. Whether a version fits the server decides. */
import { usePluginRegistry } from '../plugins/registry';
import { pluginTexts } from '../text/plugins';
import { Icon } from '../ui/icons';

interface Dependency {
  key: string;
  version: string;
}

const dependenciesOf = (manifest: Record<string, unknown>): Dependency[] =>
  Array.isArray(manifest.dependencies) ? (manifest.dependencies as Dependency[]) : [];

export function Needs({ manifest }: { manifest: Record<string, unknown> }) {
  const { installations } = usePluginRegistry();
  const all = dependenciesOf(manifest);
  const t = pluginTexts.needs;
  if (all.length === 0) return null;
  return (
    <section className="consent-part">
      <h3>{t.title}</h3>
      <ul className="permissions">
        {all.map(({ key, version }) => {
          const here = installations.find((i) => i.pluginKey === key);
          const on = here?.state === 'enabled';
          return (
            <li key={key} data-notable={!on}>
              <Icon name={on ? 'check' : 'warning'} />
              <div>
                <strong>{here?.displayName ?? key}</strong> <code>{version}</code>
                <p>{here ? (on ? t.here : t.off)({ v: here.version }) : t.missing}</p>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
