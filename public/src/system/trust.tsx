/** The operator's policy and keys, as the server has them; they are changed on the server alone. */
import { StateChip } from '../plugins/card';
import { T } from '../text';
import { M } from '../text/manage';
import { useTrustStore } from '../market/calls';
import { Bars, ErrorState } from '../ui/states';
import { Page } from '../ui/page';
import { Time } from '../ui/time';

const S = M.system;

function Trust() {
  const { data, error, refresh } = useTrustStore();
  if (error && !data) return <ErrorState error={error} onRetry={refresh} />;
  if (!data) return <Bars rows={4} label={T.loading} />;
  return (
    <>
      <section>
        <h2>{S.policy}</h2>
        <p>
          <strong>{data.policy}</strong> · {S.policies[data.policy]}
        </p>
        <p className="soft">{S.policyText}</p>
      </section>
      <section>
        <h2>{S.keys}</h2>
        {data.keys.length === 0 ? (
          <p className="soft">{S.noKeys}</p>
        ) : (
          <div className="table-scroll">
            <table className="table holders">
              <thead>
                <tr>
                  <th scope="col">{S.keyName}</th>
                  <th scope="col">{S.keyId}</th>
                  <th scope="col">{S.added}</th>
                  <th scope="col">{S.state}</th>
                </tr>
              </thead>
              <tbody>
                {data.keys.map((k) => (
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
                        label={k.revokedAt ? S.revoked : S.valid}
                        tone={k.revokedAt ? 'bad' : 'good'}
                      />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <p className="soft">{S.commands}</p>
        <pre className="commands" tabIndex={0}>
          {'mortise trust add KEY.pub --name NAME\nmortise trust list\nmortise trust revoke KEY-ID'}
        </pre>
      </section>
    </>
  );
}

export function SystemTrust() {
  return (
    <Page title={S.trust}>
      <div className="manage">
        <Trust />
      </div>
    </Page>
  );
}
