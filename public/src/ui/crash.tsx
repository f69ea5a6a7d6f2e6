/** The last net: a view that throws, or whose file is gone because a newer version was installed. */
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { texts } from '../text';
import { Button } from './button';
import { Empty } from './states';

export class CrashBoundary extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error('a view failed', error, info.componentStack);
  }

  override render(): ReactNode {
    if (!this.state.crashed) return this.props.children;
    return (
      <div role="alert">
        <Empty icon="warning" title={texts.crash.title} text={texts.crash.text}>
          <Button variant="outlined" onClick={() => window.location.reload()}>
            {texts.crash.reload}
          </Button>
        </Empty>
      </div>
    );
  }
}
