/** What somebody agrees to: permissions in words, what the plugin defines, what its library calls. */
import type { DefinedPermission, Imports, PluginPackage } from '../api/types';
import { P } from '../text/plugins';
import { Icon } from '../ui/icons';
import { asksFor } from './words';

export function PermissionList(props: {
  permissions: readonly string[];
  consented?: readonly string[];
}) {
  return (
    <ul className="permissions">
      {asksFor(props.permissions, props.consented).map((p) => (
        <li key={p.name} data-notable={p.notable}>
          <Icon name={p.notable ? 'warning' : 'shield'} />
          <div>
            <strong>{p.title}</strong> {p.name !== p.title && <code>{p.name}</code>}
            {p.detail && <p>{p.detail}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

export function DefinedList({ defines }: { defines: readonly DefinedPermission[] }) {
  return (
    <ul className="permissions">
      {defines.map((d) => (
        <li key={d.name}>
          <Icon name="people" />
          <div>
            <strong>{d.label}</strong> <code>{d.name}</code>
            {d.description && <p>{d.description}</p>}
            <p>{P.consent.rolesOf(d.defaultRoles ?? [])}</p>
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
          <h3>{P.consent.importsForbidden}</h3>
          <p className="symbols">
            {forbidden.map((s) => (
              <code key={s}>{s}</code>
            ))}
          </p>
        </section>
      )}
      {notable.length > 0 && (
        <section className="consent-part">
          <h3>{P.consent.imports}</h3>
          <p className="symbols">
            {notable.map((s) => (
              <code key={s}>{s}</code>
            ))}
          </p>
          <p className="soft">{P.consent.importsText}</p>
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
          <p>{consented ? P.consent.nothingNew : P.consent.nothing}</p>
        ) : (
          <>
            <h3>{consented ? P.consent.asksNew : P.consent.asks}</h3>
            <PermissionList permissions={permissions} {...(consented && { consented })} />
          </>
        )}
      </section>
      {defines.length > 0 && (
        <section className="consent-part">
          <h3>{P.consent.defines}</h3>
          <DefinedList defines={defines} />
          <p className="soft">{P.consent.definesText}</p>
        </section>
      )}
      {props.shows && (
        <section className="consent-part">
          <h3>{P.consent.interface}</h3>
          <p>{P.consent.interfaceText}</p>
        </section>
      )}
      <ImportList imports={props.imports} />
    </>
  );
}
