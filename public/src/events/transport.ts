/** The two streams of a browser. Neither sends a byte: a client that talks is cut off by nchan. */
import type { TransportHandlers, TransportKind } from './client';

function overWebSocket(path: string, on: TransportHandlers): () => void {
  const base = window.location.origin.replace(/^http/, 'ws');
  const socket = new WebSocket(base + path);
  socket.onopen = () => on.onOpen();
  socket.onmessage = (e) => typeof e.data === 'string' && on.onMessage(e.data);
  socket.onclose = () => on.onClose();
  return () => {
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  };
}

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

export function openTransport(
  kind: TransportKind,
  path: string,
  on: TransportHandlers,
): () => void {
  try {
    return kind === 'websocket' ? overWebSocket(path, on) : overEventSource(path, on);
  } catch {
    const timer = setTimeout(() => on.onClose(), 0);
    return () => clearTimeout(timer);
  }
}
