/** A plugin's picture: a file of its package or of the marketplace; nothing else is loaded. */
import { useState } from 'react';
import { Icon } from '../ui/icons';

const ADDRESS =
  /^(\/plugin-assets\/[0-9a-f]{64}\/[\w./-]+|\/api\/plugins\/marketplace\/[a-z][a-z0-9-]*\/icon(\?[\w=.&-]*)?)$/;

export function PluginIcon({ src, size = 24 }: { src: string | null | undefined; size?: number }) {
  const [broken, setBroken] = useState<string | null>(null);
  const good = src && ADDRESS.test(src) && !src.includes('..') && broken !== src;
  return (
    <span className="plugin-icon" data-size={size > 24 ? 'large' : 'small'}>
      {good ? (
        <img src={src} alt="" width={size} height={size} onError={() => setBroken(src)} />
      ) : (
        <Icon name="plugin" size={Math.round(size * 0.8)} />
      )}
    </span>
  );
}
