/** What plugins that were uninstalled have left behind on request: to download, or to delete at once. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { pluginTexts } from '../text/plugins';
import { dayOf, fileSize } from '../ui/amounts';
import { texts } from '../text';
import { Icon } from '../ui/icons';
import { Time } from '../ui/time';
import { deleteExport, useExports } from './calls';
import { Confirm } from './confirm';
import type { StoredExport } from './types';

export function Exports() {
  const { data } = useExports();
  const [doomed, setDoomed] = useState<StoredExport | null>(null);
  const items = data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className="waiting" aria-labelledby="exports-title">
      <h2 id="exports-title">
        {pluginTexts.exports.title} <span className="number soft">{items.length}</span>
      </h2>
      <ul>
        {items.map((x) => (
          <li key={x.id}>
            <strong>{x.pluginKey}</strong>
            <span className="soft number">{fileSize(x.size)}</span>
            <span className="soft">
              <Time iso={x.createdAt} ago />
              {x.createdBy && ` · ${pluginTexts.by({ author: x.createdBy })}`} ·{' '}
              {pluginTexts.uninstall.until({ day: dayOf(x.expiresAt) })}
            </span>
            <span className="spacer" />
            <Button
              variant="outlined"
              component="a"
              href={x.url}
              download
              startIcon={<Icon name="download" size={14} />}
              aria-label={pluginTexts.exports.download({ key: x.pluginKey })}
            >
              {pluginTexts.uninstall.download}
            </Button>
            <Button
              color="error"
              aria-label={pluginTexts.exports.remove({ key: x.pluginKey })}
              onClick={() => setDoomed(x)}
            >
              {texts.plugins.remove}
            </Button>
          </li>
        ))}
      </ul>
      {doomed && (
        <Confirm
          title={pluginTexts.exports.removeTitle({ key: doomed.pluginKey })}
          text={pluginTexts.exports.removeText}
          confirm={texts.plugins.remove}
          danger
          run={() => deleteExport(doomed.id)}
          onClose={() => setDoomed(null)}
        />
      )}
    </section>
  );
}
