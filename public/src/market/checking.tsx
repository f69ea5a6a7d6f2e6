/** A package on its way in: how much of it has come, then each check as it is made. */
import LinearProgress from '@mui/material/LinearProgress';
import { useEffect, useState } from 'react';
import { pluginTexts } from '../text/plugins';
import { fileSize, formatShare } from '../ui/amounts';
import { Bars } from '../ui/states';
import { Checks } from './check-list';
import { CHECKS, checksUnderWay, type Incoming } from './checks';

const SHOW_AFTER_MS = 500;

export function Checking(props: {
  text: string;
  /** 0 to 1; null = nobody knows. */
  share: number | null;
  /** Beside the text, where a share says too little. */
  amount?: string;
  /** null = they haven't begun. */
  checks: Incoming['checks'] | null;
}) {
  const { text, share, checks } = props;
  return (
    <>
      <div className="step-progress">
        <div className="step-line">
          <span role="status">{text}</span>
          <span className="spacer" />
          <span className="soft number">
            {props.amount ?? (share !== null && formatShare(share))}
          </span>
        </div>
        <LinearProgress
          variant={share === null ? 'indeterminate' : 'determinate'}
          value={(share ?? 0) * 100}
          aria-label={text}
        />
      </div>
      <Checks
        checks={
          checks ? checksUnderWay(checks) : CHECKS.map((name) => ({ name, state: 'waiting' }))
        }
      />
    </>
  );
}

/** From a marketplace. One that is at hand is here before anybody could read this. */
export function Fetching({ name, incoming }: { name: string; incoming: Incoming }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SHOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const { got, of, checks } = incoming;
  if (!late) return <Bars rows={8} label={pluginTexts.fetching({ name })} />;
  if (checks.length > 0 || (of > 0 && got === of))
    return <Checking text={pluginTexts.upload.checking({ name })} share={null} checks={checks} />;
  return (
    <Checking
      text={pluginTexts.fetching({ name })}
      share={of > 0 ? got / of : null}
      {...(got > 0 && {
        amount:
          of > 0 ? pluginTexts.amountOf({ got: fileSize(got), of: fileSize(of) }) : fileSize(got),
      })}
      checks={null}
    />
  );
}
