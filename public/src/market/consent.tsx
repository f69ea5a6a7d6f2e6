/** What somebody agrees to: permissions in words, what the plugin defines, what its library calls. */
import type { DefinedPermission, Imports, PluginPackage } from '../api/types';
import { formatList } from '../text';
import { pluginTexts } from '../text/plugins';
import { Icon } from '../ui/icons';
import { roleName } from '../ui/names';
import { asksFor } from './words';

export function PermissionList(props: {
  permissions: readonly string[];
  consented?: readonly string[];
}) {
  return (
    <>
      {asksFor(props.permissions, props.consented).map(({ risk, permissions }) => (
        <div key={risk} className="permission-risk" data-risk={risk}>
          <p className="soft">{pluginTexts.risks[risk]}</p>
          <ul className="permissions">
            {permissions.map((p) => (
              <li key={p.name} data-notable={risk === 'change'}>
                <Icon name={risk === 'change' ? 'warning' : 'shield'} />
                <div>
                  <strong>{p.title}</strong> {p.name !== p.title && <code>{p.name}</code>}
                  {p.detail && <p>{p.detail}</p>}
                </div>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </>
  );
}

const rolesText = (roles: readonly string[]): string =>
  roles.length
    ? pluginTexts.consent.rolesOf({ roles: formatList(roles.map(roleName), 'conjunction') })
    : pluginTexts.consent.rolesNone;

export function DefinedList({ defines }: { defines: readonly DefinedPermission[] }) {
  return (
    <ul className="permissions">
      {defines.map((d) => (
        <li key={d.name}>
          <Icon name="people" />
          <div>
            <strong>{d.label}</strong> <code>{d.name}</code>
            {d.description && <p>{d.description}</p>}
            <p>{rolesText(d.defaultRoles ?? [])}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

export function ImportList({ imports }: { imports: Imports | null | undefined }) {
  const notable = imports?.notable ?? [];
  const forbidden = imports?.forbidden ?? [];
  return (
    <>
      {forbidden.length > 0 && (
        <section className="consent-part" role="alert">
          <h3>{pluginTexts.consent.importsForbidden}</h3>
          <p className="symbols">
            {forbidden.map((s) => (
              <code key={s}>{s}</code>
            ))}
          </p>
        </section>
      )}
      {notable.length > 0 && (
        <section className="consent-part">
          <h3>{pluginTexts.consent.imports}</h3>
          <p className="symbols">
            {notable.map((s) => (
              <code key={s}>{s}</code>
            ))}
          </p>
          <p className="soft">{pluginTexts.consent.importsText}</p>
        </section>
      )}
    </>
  );
}

/** Has the package a bundle for the browser? */
export const showsInterface = (pack: PluginPackage): boolean => Boolean(pack.manifest.ui);

export function Consent(props: {
  permissions: readonly string[];
  /** Set on an upgrade: what was agreed to before. */
  consented?: readonly string[] | undefined;
  defines?: readonly DefinedPermission[] | undefined;
  imports?: Imports | null | undefined;
  /** It shows something: what a bundle can do no list of permissions says. */
  shows?: boolean;
}) {
  const { permissions, consented, defines = [] } = props;
  const fresh = asksFor(permissions, consented);
  return (
    <>
      <section className="consent-part">
        {fresh.length === 0 ? (
          <p>{consented ? pluginTexts.consent.nothingNew : pluginTexts.consent.nothing}</p>
        ) : (
          <>
            <h3>{consented ? pluginTexts.consent.asksNew : pluginTexts.consent.asks}</h3>
            <PermissionList permissions={permissions} {...(consented && { consented })} />
          </>
        )}
      </section>
      {defines.length > 0 && (
        <section className="consent-part">
          <h3>{pluginTexts.consent.defines}</h3>
          <DefinedList defines={defines} />
          <p className="soft">{pluginTexts.consent.definesText}</p>
        </section>
      )}
      {props.shows && (
        <section className="consent-part">
          <h3>{pluginTexts.consent.interface}</h3>
          <p>{pluginTexts.consent.interfaceText}</p>
        </section>
      )}
      <ImportList imports={props.imports} />
    </>
  );
}
