/** Plugins of all companies: what waits for approval, and which versions run where. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import type { PluginPackage } from '../api/types';
import { ApproveDialog } from '../market/approve-dialog';
import { useCatalog } from '../market/calls';
import { TrustBadge } from '../market/trust';
import { UploadDialog } from '../market/upload-dialog';
import { systemTexts } from '../text/system';
import { pluginTexts } from '../text/plugins';
import { Icon } from '../ui/icons';
import { Page } from '../ui/page';
import { Overview } from './overview';

type PluginDialog = { what: 'upload' } | { what: 'approve'; pack: PluginPackage } | null;

function Waiting(props: {
  packs: readonly PluginPackage[];
  onReview: (pack: PluginPackage) => void;
}) {
  const { packs } = props;
  return (
    <section className="waiting" aria-labelledby="waiting-title">
      <h2 id="waiting-title">
        {pluginTexts.upload.waitingTitle} <span className="number soft">{packs.length}</span>
      </h2>
      <ul>
        {packs.map((pack) => (
          <li key={pack.sha256}>
            <strong>{pack.displayName}</strong>
            <span className="soft number">{pack.version}</span>
            <TrustBadge trust={pack.trust} />
            <span className="spacer" />
            <Button
              variant="outlined"
              aria-label={pluginTexts.reviewNamed({ name: `${pack.displayName} ${pack.version}` })}
              onClick={() => props.onReview(pack)}
            >
              {pluginTexts.review}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function SystemPlugins() {
  const catalog = useCatalog();
  const [dialog, setDialog] = useState<PluginDialog>(null);
  const waiting = (catalog.data?.items ?? []).filter((p) => p.approved === false);
  const close = () => setDialog(null);
  return (
    <Page
      title={systemTexts.title}
      actions={
        <Button
          variant="outlined"
          startIcon={<Icon name="upload" size={14} />}
          onClick={() => setDialog({ what: 'upload' })}
        >
          {pluginTexts.upload.open}
        </Button>
      }
    >
      <div className="manage">
        {waiting.length > 0 && (
          <Waiting packs={waiting} onReview={(pack) => setDialog({ what: 'approve', pack })} />
        )}
        <Overview />
      </div>
      {dialog?.what === 'upload' && <UploadDialog onClose={close} />}
      {dialog?.what === 'approve' && <ApproveDialog pack={dialog.pack} onClose={close} />}
    </Page>
  );
}
