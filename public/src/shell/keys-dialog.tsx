import Dialog from '@mui/material/Dialog';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import IconButton from '@mui/material/IconButton';
import { use } from 'react';
import { texts } from '../text';
import { Icon } from '../ui/icons';

/** The keyboard map as the dialog shows it. */
export interface KeyGroup {
  title: string;
  keys: readonly (readonly [keys: string, what: string])[];
}

export default function KeysDialog(props: {
  onClose: () => void;
  keys: Promise<readonly KeyGroup[]>;
}) {
  const { onClose } = props;
  const groups = use(props.keys);
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="keys-title">
      <DialogTitle id="keys-title" className="dialog-title">
        {texts.keys.title}
        <IconButton onClick={onClose} aria-label={texts.close} size="small">
          <Icon name="close" />
        </IconButton>
      </DialogTitle>
      <DialogContent>
        {groups.map((group) => (
          <section key={group.title} className="keys-group">
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map(([keys, what]) => (
                <div key={keys}>
                  <dt>{what}</dt>
                  <dd>
                    {keys.split(' ').map((k) => (
                      <kbd key={k}>{k}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </DialogContent>
    </Dialog>
  );
}
