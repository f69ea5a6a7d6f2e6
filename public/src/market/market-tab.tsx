/** What could be installed: cards that can be searched, filtered and sorted. */
import Button from '@mui/material/Button';
import { useMemo } from 'react';
import { PluginCard } from '../plugins/card';
import { usePluginRegistry } from '../plugins/registry';
import { navigate } from '../router/router';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { toast } from '../toasts/store';
import { Icon } from '../ui/icons';
import { Empty, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import { upgradeTarget, type PluginDialog } from './dialogs';
import { refreshMarket, useCatalog, useCategories, useMarket } from './calls';
import { useOperation, problemText } from './operation';
import {
  categoriesOf,
  compareVersions,
  newerVersion,
  offersOf,
  search,
  type Offer,
  type OfferQuery,
} from './find';
import { chipOf } from './state';
import { stepText, useStep } from './steps';
import { TrustBadges } from './trust';
import type { Market } from './types';

type OpenDialog = (dialog: PluginDialog) => void;

export function useOffers() {
  const market = useMarket();
  const catalog = useCatalog();
  const categories = useCategories();
  const registry = usePluginRegistry();
  const offers = useMemo(
    () => offersOf(market.data?.items ?? [], catalog.data?.items ?? [], registry.installations),
    [market.data, catalog.data, registry.installations],
  );
  return {
    offers,
    market: market.data,
    categories: categoriesOf(offers, categories.data?.items ?? []),
    loading:
      registry.loading || (!market.data && !market.error) || (!catalog.data && !catalog.error),
    // One of the two lists is enough to go on with.
    error: market.data || catalog.data ? null : (market.error ?? catalog.error),
    retry: () => {
      market.refresh();
      catalog.refresh();
      categories.refresh();
      registry.refresh();
    },
  };
}

/** The version that the offer would bring. */
function offered(offer: Offer): string {
  const { pack } = offer;
  const newer = pack && pack.approved !== false && compareVersions(pack.version, offer.version) > 0;
  return newer ? pack.version : offer.version;
}

function PrimaryButton({ offer, openDialog }: { offer: Offer; openDialog: OpenDialog }) {
  const { installation, displayName } = offer;
  const version = offered(offer);
  const pack = offer.pack?.version === version ? offer.pack : null;
  if (installation) {
    const newer = newerVersion(installation, [offer]);
    if (newer)
      return (
        <Button
          variant="contained"
          aria-label={pluginTexts.updateTo({ name: displayName, v: newer })}
          onClick={() =>
            openDialog({ what: 'install', target: upgradeTarget(installation, newer, offer.packs) })
          }
        >
          {pluginTexts.update({ v: newer })}
        </Button>
      );
    return (
      <Button
        variant="outlined"
        aria-label={pluginTexts.manageNamed({ name: displayName })}
        onClick={() => navigate(`/plugins/${offer.key}/manage`)}
      >
        {pluginTexts.manage}
      </Button>
    );
  }
  const blocked = offer.compatible?.ok === false || offer.waiting;
  return (
    <Button
      variant="contained"
      disabled={blocked}
      aria-label={pluginTexts.installNamed({ name: displayName })}
      onClick={() =>
        openDialog({
          what: 'install',
          target: { pluginKey: offer.key, name: displayName, pack, version, installation: null },
        })
      }
    >
      {pluginTexts.install}
    </Button>
  );
}

function offerChip(offer: Offer) {
  if (offer.installation) return chipOf(offer.installation);
  if (offer.compatible?.ok === false)
    return { label: pluginTexts.incompatible, tone: 'warn' as const };
  if (offer.waiting) return { label: pluginTexts.waiting, tone: 'warn' as const };
  return null;
}

function OfferCard({
  offer,
  category,
  openDialog,
}: {
  offer: Offer;
  category: string;
  openDialog: OpenDialog;
}) {
  const step = useStep(offer.key);
  const version = offer.installation?.version ?? offered(offer);
  const trusted = offer.installation ?? offer.pack;
  const chip = step ? { label: stepText(step), tone: 'busy' as const } : offerChip(offer);
  return (
    <PluginCard
      name={offer.displayName}
      to={`/plugins/${offer.key}/manage`}
      icon={offer.installation?.icon ?? offer.iconUrl}
      description={offer.description}
      facts={`${offer.author ? `${pluginTexts.by({ author: offer.author })} · ` : ''}${version}`}
      badges={
        <span className="badges">
          <TrustBadges official={offer.isOfficial} trust={trusted?.trust} />
        </span>
      }
      chip={chip}
      foot={!chip && <span className="plugin-fact">{category}</span>}
      primary={!step && <PrimaryButton offer={offer} openDialog={openDialog} />}
    />
  );
}

function AgeLine({ market }: { market: Market }) {
  const operation = useOperation();
  const refresh = async () => {
    if (await operation.run(async () => (await refreshMarket()) ?? true))
      toast({ title: pluginTexts.updated, tone: 'success', tag: 'market' });
  };
  const trouble = operation.error ? problemText(operation.error) : (market.error ?? null);
  return (
    <div className="market-age">
      {(market.stale || trouble) && (
        <div className="note" data-tone="warn" role="status">
          <Icon name="offline" />
          <p>
            {pluginTexts.age.stale} {trouble}
          </p>
        </div>
      )}
      <p className="soft market-age-line">
        {market.fetchedAt && (
          <span>
            {pluginTexts.age.of} <Time iso={market.fetchedAt} ago />
          </span>
        )}
        <Button
          color="inherit"
          size="small"
          disabled={operation.busy}
          startIcon={<Icon name="refresh" size={14} />}
          onClick={() => void refresh()}
        >
          {operation.busy ? pluginTexts.age.refreshing : pluginTexts.age.refresh}
        </Button>
      </p>
    </div>
  );
}

/** Grey cards of the size of real ones. */
export function CardBones({ n = 6 }: { n?: number }) {
  return (
    <ul className="plugin-tiles" role="status" aria-label={texts.loading}>
      {Array.from({ length: n }, (_, i) => (
        <li key={i} className="plugin-tile bone" aria-hidden="true">
          <span className="bar" data-width="1" />
          <span className="bar" data-width="2" />
          <span className="bar" data-width="3" />
        </li>
      ))}
    </ul>
  );
}

export function MarketTab(props: {
  data: ReturnType<typeof useOffers>;
  query: OfferQuery;
  onClear: () => void;
  openDialog: OpenDialog;
}) {
  const { data, query } = props;
  if (data.error) return <ErrorState error={data.error} onRetry={data.retry} />;
  if (data.loading)
    return (
      <>
        <p className="market-age-line" />
        <CardBones />
      </>
    );
  const found = search(data.offers, query);
  const names = new Map(data.categories.map((c) => [c.id, c.name]));
  const filtered = query.text !== '' || query.category !== '';
  return (
    <>
      {data.market ? (
        <AgeLine market={data.market} />
      ) : (
        <div className="note" data-tone="warn" role="status">
          <Icon name="offline" />
          <p>{pluginTexts.age.failed}</p>
          <span className="spacer" />
          <Button color="inherit" onClick={data.retry}>
            {texts.retry}
          </Button>
        </div>
      )}
      <p className="visually-hidden" role="status">
        {filtered ? pluginTexts.results({ n: found.length }) : ''}
      </p>
      {found.length > 0 ? (
        <ul className="plugin-tiles">
          {found.map((offer) => (
            <OfferCard
              key={offer.key}
              offer={offer}
              category={names.get(offer.category ?? '') ?? ''}
              openDialog={props.openDialog}
            />
          ))}
        </ul>
      ) : filtered ? (
        <Empty icon="search" title={pluginTexts.noMatch} text={pluginTexts.noMatchText}>
          <Button variant="outlined" onClick={props.onClear}>
            {pluginTexts.clear}
          </Button>
        </Empty>
      ) : (
        <Empty icon="plugin" title={pluginTexts.noneInMarket} text={pluginTexts.noneInMarketText} />
      )}
    </>
  );
}
