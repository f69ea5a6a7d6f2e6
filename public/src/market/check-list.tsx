/** What was checked of a package: each check with its outcome, every fault with its place. */
import type { FieldError } from '../api/client';
import type { PackageCheck } from '../api/types';
import { pluginTexts } from '../text/plugins';
import { Icon } from '../ui/icons';
import { nameIn } from '../ui/names';
import { checkOf, type CheckState } from './checks';

export interface ShownCheck {
  name: string;
  state: CheckState;
  detail?: string | undefined;
  faults?: readonly FieldError[];
}

const STATE_ICONS = { ok: 'check', failed: 'warning' } as const;

export function Checks({ checks }: { checks: readonly ShownCheck[] }) {
  return (
    <ul className="checks">
      {checks.map((c) => (
        <li key={c.name} data-state={c.state}>
          {c.state === 'ok' || c.state === 'failed' ? (
            <Icon name={STATE_ICONS[c.state]} size={14} />
          ) : (
            <span className="check-wait" aria-hidden="true" />
          )}
          <div>
            {nameIn(pluginTexts.upload.checkNames, c.name)}
            <span className="visually-hidden">: {pluginTexts.upload.checkStates[c.state]}</span>
            {c.detail && <span className="soft"> {c.detail}</span>}
            {c.faults && c.faults.length > 0 && (
              <ul className="faults-list">
                {c.faults.map((f, i) => (
                  <li key={i}>
                    {f.pointer && f.pointer !== '/' && <code>{f.pointer}</code>} {f.detail}
                  </li>
                ))}
              </ul>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

export function CheckList({ checks }: { checks: readonly PackageCheck[] }) {
  return <Checks checks={checks.map(checkOf)} />;
}
