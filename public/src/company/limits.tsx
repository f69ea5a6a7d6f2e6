/** What a company may have, and what of it is in use: bars where there is a limit. */
import { api } from '../api/client';
import { useQuery } from '../api/query';
import { formatNumber } from '../text';
import { companyTexts } from '../text/company';
import './company.css';

export interface Limit {
  /** null = not measured yet. */
  used: number | null;
  /** 0 = no limit. */
  most: number;
  /** Of this company alone; null = as for all. */
  own: number | null;
}
export type LimitKind = 'people' | 'storageMb' | 'plugins';
export type Limits = Record<LimitKind, Limit>;

export const LIMIT_KINDS: readonly LimitKind[] = ['people', 'storageMb', 'plugins'];

/** From this share on the administrators are notified. */
const NEAR = 0.8;

export function LimitBar({ kind, limit }: { kind: LimitKind; limit: Limit }) {
  const t = companyTexts.limits;
  const { most } = limit;
  const used = limit.used ?? 0;
  const share = most > 0 ? Math.min(1, used / most) : 0;
  const text = t.used[kind]({ used: formatNumber(used), most: formatNumber(most) });
  if (limit.used === null) return <span className="soft">–</span>;
  if (most === 0)
    return (
      <span className="number">
        {kind === 'storageMb' ? t.megabytes({ n: formatNumber(used) }) : formatNumber(used)}
      </span>
    );
  return (
    <span className="limit">
      <span className="number">{text}</span>
      <span
        className="limit-bar"
        role="meter"
        aria-label={t[kind]}
        aria-valuemin={0}
        aria-valuemax={most}
        aria-valuenow={Math.min(used, most)}
        aria-valuetext={text}
        data-tone={share >= 1 ? 'bad' : share >= NEAR ? 'warn' : 'good'}
      >
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}

/** On the company's own page. */
export function CompanyLimits() {
  const t = companyTexts.limits;
  const { data } = useQuery<Limits>('company-limits', (signal) =>
    api.get('/api/company/limits', { signal }),
  );
  if (!data) return null;
  return (
    <>
      <h2 className="company-heading">{t.title}</h2>
      <dl className="company-limits">
        {LIMIT_KINDS.map((kind) => (
          <div key={kind}>
            <dt>{t[kind]}</dt>
            <dd>
              <LimitBar kind={kind} limit={data[kind]} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="company-limits-text soft">{t.text}</p>
    </>
  );
}
