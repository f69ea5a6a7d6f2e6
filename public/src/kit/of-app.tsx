/** Around a part of the app inside of a plugin's component: the app's styles hold there (scripts/styles.ts). */
import type { ReactNode } from 'react';
import './kit.css';

export function OfApp({ children }: { children: ReactNode }) {
  return (
    <div className="app-part">
      <div className="kit">{children}</div>
    </div>
  );
}
