/** A dialog in a few named steps. The focus is never lost when another step comes. */
import Dialog from '@mui/material/Dialog';
import DialogTitle from '@mui/material/DialogTitle';
import IconButton from '@mui/material/IconButton';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { texts } from '../text';
import { pluginTexts } from '../text/plugins';
import { Icon } from '../ui/icons';

export function FlowDialog(props: {
  title: string;
  /** Names of the steps; which of them is shown. */
  steps: readonly string[];
  at: number;
  onClose: () => void;
  children: ReactNode;
}) {
  const id = useId();
  const phone = useMediaQuery('(max-width: 700px)');
  const heading = useRef<HTMLSpanElement>(null);
  const shown = useRef(props.at);
  useEffect(() => {
    // Unless a button of the new step has it already.
    if (shown.current !== props.at && !document.activeElement?.matches('button, a, input'))
      heading.current?.focus();
    shown.current = props.at;
  }, [props.at]);
  return (
    <Dialog
      open
      fullWidth
      fullScreen={phone}
      maxWidth="sm"
      onClose={props.onClose}
      aria-labelledby={id}
      className="flow"
    >
      <DialogTitle className="dialog-title">
        <span id={id} ref={heading} tabIndex={-1}>
          {props.title}
        </span>
        <IconButton onClick={props.onClose} aria-label={texts.close} size="small">
          <Icon name="close" />
        </IconButton>
      </DialogTitle>
      <ol className="flow-steps" aria-label={pluginTexts.stepsLabel}>
        {props.steps.map((name, i) => (
          <li
            key={name}
            data-state={i < props.at ? 'done' : i === props.at ? 'now' : 'later'}
            aria-current={i === props.at ? 'step' : undefined}
          >
            {i < props.at ? (
              <Icon name="check" size={12} />
            ) : (
              <span aria-hidden="true">{i + 1}</span>
            )}
            {name}
          </li>
        ))}
      </ol>
      {props.children}
    </Dialog>
  );
}
