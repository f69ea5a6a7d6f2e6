/** What plugins that were uninstalled have left behind on request: to download, or to delete at once. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { P, dayOf, fileSize } from '../text/plugins';
import { T } from '../text';
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
        {P.exports.title} <span className="number soft">{items.length}</span>
      </h2>
      <ul>
        {items.map((x) => (
          <li key={x.id}>
            <strong>{x.pluginKey}</strong>
            <span className="soft number">{fileSize(x.size)}</span>
            <span className="soft">
              <Time iso={x.createdAt} ago />
              {x.createdBy && ` · ${P.by(x.createdBy)}`} · {P.uninstall.until} {dayOf(x.expiresAt)}
            </span>
            <span className="spacer" />
            <Button
              variant="outlined"
              component="a"
              href={x.url}
              download
              startIcon={<Icon name="download" size={14} />}
              aria-label={P.exports.download(x.pluginKey)}
            >
              {P.uninstall.download}
            </Button>
            <Button
              color="error"
              aria-label={P.exports.remove(x.pluginKey)}
              onClick={() => setDoomed(x)}
            >
              {T.plugins.remove}
            </Button>
          </li>
        ))}
      </ul>
      {doomed && (
        <Confirm
          title={P.exports.removeTitle(doomed.pluginKey)}
          text={P.exports.removeText}
          confirm={T.plugins.remove}
          danger
          run={() => deleteExport(doomed.id)}
          onClose={() => setDoomed(null)}
        />
      )}
    </section>
  );
}
