/** The stream of a browser: an EventSource, on which nothing is ever sent. */
import type { TransportHandlers } from './client';

function overEventSource(path: string, on: TransportHandlers): () => void {
  const source = new EventSource(path);
  const close = () => {
    source.onopen = source.onmessage = source.onerror = null;
    source.close();
  };
  source.onopen = () => on.onOpen();
  source.onmessage = (e) => on.onMessage(String(e.data));
  // Its own reconnecting knows nothing of our numbers: the client does that.
  source.onerror = () => {
    close();
    on.onClose();
  };
  return close;
}

export function openTransport(path: string, on: TransportHandlers): () => void {
  try {
    return overEventSource(path, on);
  } catch {
    const timer = setTimeout(() => on.onClose(), 0);
    return () => clearTimeout(timer);
  }
}
