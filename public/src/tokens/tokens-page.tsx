/** Settings -> API tokens: all of the company, and those of services made. */
import { Suspense, useState } from 'react';
import { usePages } from '../api/pages';
import type { CompanyToken } from '../api/resources';
import { navigate, usePlace, withParams } from '../router/router';
import { texts } from '../text';
import { tokenTexts } from '../text/tokens';
import { Button } from '../ui/button';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';
import { lazyThemed } from '../ui/lazy';
import { Page } from '../ui/page';
import { SearchField } from '../ui/search';
import { Bars, Empty, ErrorState } from '../ui/states';
import { ALL, ALL_KEY } from './data';
import { TokenItem } from './token-item';
import './tokens.css';

const MakeDialog = lazyThemed(() => import('./make-dialog'));
const KINDS = ['all', 'personal', 'service'] as const;
type Kind = (typeof KINDS)[number];

const useTokens = (q: string, kind: Kind) =>
  usePages<CompanyToken>([ALL_KEY, `${kind} ${q}`], ALL, () => ({
    ...(q && { q }),
    ...(kind !== 'all' && { kind }),
  }));

const set = (name: string) => (value: string) =>
  navigate(withParams({ [name]: value === 'all' ? null : value }), { replace: true });

function List({ q, kind }: { q: string; kind: Kind }) {
  const t = tokenTexts;
  const { items, error, hasMore, loadingMore, loadMore, refresh } = useTokens(q, kind);
  if (error && !items) return <ErrorState error={error} onRetry={refresh} />;
  if (!items) return <Bars rows={6} label={texts.loading} />;
  if (items.length === 0)
    return q || kind !== 'all' ? (
      <Empty icon="search" title={t.noMatch} text={t.noMatchText} />
    ) : (
      <Empty icon="key" title={t.none} text={t.noneText} />
    );
  return (
    <>
      <ul className="tokens tokens-all">
        {items.map((token) => (
          <TokenItem key={token.id} token={token} path={ALL} />
        ))}
      </ul>
      {hasMore && (
        <p className="tokens-next">
          <Button variant="outlined" onClick={loadMore} disabled={loadingMore}>
            {t.more}
          </Button>
        </p>
      )}
    </>
  );
}

export default function TokensPage() {
  const t = tokenTexts;
  const { query } = usePlace();
  const [makes, setMakes] = useState(false);
  const q = (query.get('q') ?? '').trim();
  const kind = KINDS.find((k) => k === query.get('kind')) ?? 'all';
  return (
    <Page
      title={t.title}
      actions={
        <Button
          variant="contained"
          startIcon={<Icon name="plus" size={14} />}
          onClick={() => setMakes(true)}
        >
          {t.makeService}
        </Button>
      }
      tools={
        <>
          <SearchField label={t.search} value={q} maxLength={50} onChange={set('q')} />
          <Choice<Kind>
            label={t.kind}
            value={kind}
            active={kind !== 'all'}
            options={KINDS.map((value) => ({ value, label: t.kinds[value] }))}
            onChange={set('kind')}
          />
        </>
      }
    >
      <List q={q} kind={kind} />
      {makes && (
        <Suspense fallback={null}>
          <MakeDialog service onClose={() => setMakes(false)} />
        </Suspense>
      )}
    </Page>
  );
}
