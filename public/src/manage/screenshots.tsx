/** Pictures of the plugin in a row, and larger on demand. */
import Dialog from '@mui/material/Dialog';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import IconButton from '@mui/material/IconButton';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useId, useState } from 'react';
import { texts } from '../text';
import { manageTexts } from '../text/manage';
import { Icon } from '../ui/icons';

export interface Screenshot {
  url: string;
  caption: string;
}

function Larger(props: { list: readonly Screenshot[]; first: number; onClose: () => void }) {
  const { list } = props;
  const { screenshots } = manageTexts;
  const [at, setAt] = useState(props.first);
  const id = useId();
  const phone = useMediaQuery('(max-width: 700px)');
  const shot = list[at]!;
  const step = (by: number) => setAt((old) => Math.max(0, Math.min(list.length - 1, old + by)));
  return (
    <Dialog
      open
      maxWidth="lg"
      fullWidth
      fullScreen={phone}
      onClose={props.onClose}
      aria-labelledby={id}
      onKeyDown={(e) => {
        if (e.key === 'ArrowRight') step(1);
        if (e.key === 'ArrowLeft') step(-1);
      }}
    >
      <DialogTitle className="dialog-title">
        <span id={id} aria-live="polite">
          {shot.caption}
        </span>
        <IconButton onClick={props.onClose} aria-label={texts.close} size="small">
          <Icon name="close" />
        </IconButton>
      </DialogTitle>
      <DialogContent>
        <div className="screenshot-frame">
          <img src={shot.url} alt={shot.caption} />
        </div>
        {list.length > 1 && (
          <div className="screenshot-steps">
            <IconButton
              aria-label={screenshots.previous}
              disabled={at === 0}
              onClick={() => step(-1)}
            >
              <Icon name="left" />
            </IconButton>
            <span className="number soft">
              {screenshots.count({ n: at + 1, total: list.length })}
            </span>
            <IconButton
              aria-label={screenshots.next}
              disabled={at === list.length - 1}
              onClick={() => step(1)}
            >
              <Icon name="right" />
            </IconButton>
          </div>
        )}
      </DialogContent>
    </Dialog>
  );
}

export function Screenshots({ list }: { list: readonly Screenshot[] }) {
  const { screenshots } = manageTexts;
  const [open, setOpen] = useState<number | null>(null);
  // The server fetches a marketplace's pictures one at a time, so each is asked for when the one before it is there.
  const [asked, setAsked] = useState(1);
  const next = (i: number) => setAsked((old) => Math.max(old, i + 2));
  if (list.length === 0) return null;
  return (
    <section>
      <h2>{screenshots.title}</h2>
      <ul className="screenshots">
        {list.map((s, i) => (
          <li key={s.url}>
            <button
              type="button"
              className="screenshot"
              aria-label={screenshots.larger({ caption: s.caption })}
              onClick={() => setOpen(i)}
            >
              <span className="screenshot-frame">
                {i < asked && (
                  <img src={s.url} alt="" onLoad={() => next(i)} onError={() => next(i)} />
                )}
              </span>
              <span className="screenshot-caption">{s.caption}</span>
            </button>
          </li>
        ))}
      </ul>
      {open !== null && <Larger list={list} first={open} onClose={() => setOpen(null)} />}
    </section>
  );
}
