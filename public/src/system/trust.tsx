/** The operator's policy and keys, as the server has them; they are changed on the server alone. */
import { StateChip } from '../plugins/card';
import { texts } from '../text';
import { systemTexts } from '../text/system';
import { useTrustStore } from '../market/calls';
import type { TrustStore } from '../market/types';
import { sorted, SortHead, useSorting } from '../ui/sort';
import { Bars, ErrorState } from '../ui/states';
import { Page } from '../ui/page';
import { Time } from '../ui/time';

type Key = TrustStore['keys'][number];

const SORTS = {
  name: (k: Key) => k.name,
  id: (k: Key) => k.id,
  added: (k: Key) => k.addedAt,
  state: (k: Key) => k.revokedAt !== null,
};

function Keys({ keys }: { keys: readonly Key[] }) {
  const { sorting, onSort } = useSorting<keyof typeof SORTS>('name');
  const heads = {
    name: systemTexts.keyName,
    id: systemTexts.keyId,
    added: systemTexts.added,
    state: systemTexts.state,
  };
  return (
    <table className="table holders">
      <thead>
        <tr>
          {(Object.keys(SORTS) as (keyof typeof SORTS)[]).map((by) => (
            <SortHead key={by} by={by} sorting={sorting} onSort={onSort}>
              {heads[by]}
            </SortHead>
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted(keys, SORTS[sorting.by], sorting).map((k) => (
          <tr key={k.id}>
            <td>{k.name}</td>
            <td>
              <code>{k.id}</code>
            </td>
            <td>
              <Time iso={k.addedAt} />
            </td>
            <td>
              <StateChip
                label={k.revokedAt ? systemTexts.revoked : systemTexts.valid}
                tone={k.revokedAt ? 'bad' : 'good'}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Trust() {
  const { data, error, refresh } = useTrustStore();
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={4} label={texts.loading} />;
  return (
    <>
      <section>
        <h2>{systemTexts.policy}</h2>
        <p>
          <strong>{data.policy}</strong> · {systemTexts.policies[data.policy]}
        </p>
        <p className="soft">{systemTexts.policyText}</p>
      </section>
      <section>
        <h2>{systemTexts.keys}</h2>
        {data.keys.length === 0 ? (
          <p className="soft">{systemTexts.noKeys}</p>
        ) : (
          <div className="table-scroll">
            <Keys keys={data.keys} />
          </div>
        )}
        <p className="soft">{systemTexts.commands}</p>
        <pre className="commands" tabIndex={0}>
          {'mortise trust add KEY.pub --name NAME\nmortise trust list\nmortise trust revoke KEY-ID'}
        </pre>
      </section>
    </>
  );
}

export function SystemTrust() {
  return (
    <Page title={systemTexts.trust}>
      <div className="manage">
        <Trust />
      </div>
    </Page>
  );
}
