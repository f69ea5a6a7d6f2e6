/** A plugin's component that throws takes down its own place and nothing else. */
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { texts } from '../text';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';

export function PluginFault(props: { name: string; detail: string; onRetry: () => void }) {
  return (
    <div className="plugin-fault" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{texts.plugins.failed({ name: props.name })}</strong>
        <span>{props.detail}</span>
      </div>
      <Button onClick={props.onRetry}>{texts.retry}</Button>
    </div>
  );
}

/** Who else wants to know (dev-faults.ts). */
export const boundary: { onFault?: ((error: unknown) => void) | undefined } = {};

interface Props {
  name: string;
  /** Another one: it may be that it works now. */
  attempt?: string | undefined;
  children: ReactNode;
}

export class PluginBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error(`plugin ${this.props.name} failed`, error, info.componentStack);
    boundary.onFault?.(error);
  }

  override componentDidUpdate(before: Props): void {
    if (before.attempt !== this.props.attempt && this.state.error) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <PluginFault
        name={this.props.name}
        detail={error.message}
        onRetry={() => this.setState({ error: null })}
      />
    );
  }
}
