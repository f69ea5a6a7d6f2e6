import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventClient, type EventPage, type MtEvent, type TransportHandlers } from './client';

/** A server in memory: channels with numbered events, pages of `limit`, streams that can be cut. */
class FakeServer {
  channels = new Map<string, MtEvent[]>();
  /** Numbers at or below this are no longer kept. */
  trimmed = new Map<string, number>();
  limit = 100;
  down = false;
  asked: (Record<string, number> | null)[] = [];
  streams: { handlers: TransportHandlers; open: boolean }[] = [];

  add(channel: string, count = 1, { push = true, type = 'Notification' } = {}): MtEvent[] {
    const list = this.channels.get(channel) ?? [];
    this.channels.set(channel, list);
    const made: MtEvent[] = [];
    for (let i = 0; i < count; i++) {
      const seq = list.length + 1;
      const event = { channel, seq, type, data: { n: seq }, at: '2026-01-01T00:00:00.000Z' };
      list.push(event);
      made.push(event);
    }
    if (push) made.forEach((e) => this.push(e));
    return made;
  }
  push(message: object): void {
    this.streams
      .filter((s) => s.open)
      .forEach((s) => s.handlers.onMessage(JSON.stringify(message)));
  }
  cut(): void {
    for (const s of this.streams.filter((x) => x.open)) {
      s.open = false;
      s.handlers.onClose();
    }
  }
  page = async (since: Record<string, number> | null): Promise<EventPage> => {
    this.asked.push(since && { ...since });
    if (this.down) throw new Error('down');
    const heads: Record<string, number> = {};
    const events: MtEvent[] = [];
    const lost: string[] = [];
    for (const [channel, list] of this.channels) {
      heads[channel] = list.length;
      const from = since?.[channel];
      if (from === undefined) continue;
      const trimmed = this.trimmed.get(channel) ?? 0;
      if (from < trimmed) lost.push(channel);
      events.push(...list.filter((e) => e.seq > Math.max(from, trimmed)));
    }
    return { events: events.slice(0, this.limit), heads, more: events.length > this.limit, lost };
  };
  open = (handlers: TransportHandlers) => {
    const stream = { handlers, open: false };
    this.streams.push(stream);
    setTimeout(() => {
      if (this.down) return handlers.onClose();
      stream.open = true;
      handlers.onOpen();
    }, 1);
    return () => {
      stream.open = false;
    };
  };
}

let server: FakeServer;
let client: EventClient;
let seen: string[];
let resyncs: number;

const settle = (ms = 50) => vi.advanceTimersByTimeAsync(ms);
const names = (channel: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${channel}#${from + i}`);

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  server.channels.set('t:1', []);
  client = new EventClient({
    fetchPage: server.page,
    openTransport: server.open,
    random: () => 1,
    isFinal: (e) => e instanceof Error && e.message === 'signed out',
  });
  seen = [];
  resyncs = 0;
  client.onEvent((e) => seen.push(`${e.channel}#${e.seq}`));
  client.onResync(() => resyncs++);
});
afterEach(() => {
  client.stop();
  vi.useRealTimers();
});

describe('start', () => {
  it('begins at the heads: what was before is not replayed', async () => {
    server.add('t:1', 7);
    client.start();
    await settle();
    expect(client.state).toBe('live');
    expect(seen).toEqual([]);
    server.add('t:1', 2);
    expect(seen).toEqual(['t:1#8', 't:1#9']);
  });

  it('delivers what was committed between the heads and the stream', async () => {
    const open = server.open;
    client = new EventClient({
      fetchPage: server.page,
      openTransport: (handlers) => {
        server.add('t:1', 3, { push: false });
        return open(handlers);
      },
      random: () => 1,
    });
    client.onEvent((e) => seen.push(`${e.channel}#${e.seq}`));
    client.start();
    await settle();
    expect(seen).toEqual(names('t:1', 1, 3));
  });
});

describe('order', () => {
  beforeEach(async () => {
    client.start();
    await settle();
  });

  it('drops duplicates', () => {
    const [event] = server.add('t:1');
    server.push(event!);
    server.push(event!);
    expect(seen).toEqual(['t:1#1']);
  });

  it('delivers what a plugin raised for several roles once', () => {
    const raise = (channel: string, id: string) =>
      server.push({ channel, seq: 1, type: 'parts.Moved', data: { id }, at: '' });
    raise('r:1:Admin', 'one');
    raise('r:1:Technician', 'one');
    raise('r:1:Dispatcher', 'two');
    expect(seen).toEqual(['r:1:Admin#1', 'r:1:Dispatcher#1']);
  });

  it('waits for a gap, asks for it and delivers in order', async () => {
    server.add('t:1', 2, { push: false });
    server.add('t:1', 1);
    expect(seen).toEqual([]);
    await settle();
    expect(seen).toEqual(names('t:1', 1, 3));
  });

  it('puts messages that arrive in disorder into order', async () => {
    const [a, b, c] = server.add('t:1', 3, { push: false });
    server.push(c!);
    server.push(a!);
    server.push(b!);
    expect(seen).toEqual(names('t:1', 1, 3));
    await settle();
    expect(seen).toHaveLength(3);
  });

  it('keeps channels apart: a gap in one does not hold up another', async () => {
    server.channels.set('u:a', []);
    server.add('t:1', 1, { push: false });
    server.add('t:1', 1);
    server.add('u:a', 1);
    expect(seen).toEqual(['u:a#1']);
    await settle();
    expect(seen.filter((s) => s.startsWith('t:'))).toEqual(names('t:1', 1, 2));
  });

  it('takes the events of one message in order, without those it has', () => {
    const [a] = server.add('t:1');
    const more = server.add('t:1', 3, { push: false });
    const events = [a!, ...more];
    server.push({ channel: 't:1', seq: 4, type: 'events', events });
    expect(seen).toEqual(names('t:1', 1, 4));
  });

  it('ignores what is not an event', () => {
    server.push({ hello: 1 });
    server.push({ channel: 't:1', seq: 9, type: 'events', events: [null, 1, {}] });
    server.streams[0]!.handlers.onMessage('not json');
    expect(seen).toEqual([]);
  });
});

describe('recovery', () => {
  beforeEach(async () => {
    client.start();
    await settle();
  });

  it('asks when a heartbeat names a higher number, and only then', async () => {
    server.add('t:1', 2, { push: false });
    const before = server.asked.length;
    server.push({ channel: 't:1', seq: 2, type: 'heartbeat' });
    await settle();
    expect(seen).toEqual(names('t:1', 1, 2));
    const after = server.asked.length;
    expect(after).toBeGreaterThan(before);
    server.push({ channel: 't:1', seq: 2, type: 'heartbeat' });
    await settle();
    expect(server.asked.length).toBe(after);
  });

  it('asks on each beat, so a deaf stream loses nothing', async () => {
    server.add('t:1', 1, { push: false });
    await settle(31_000);
    expect(seen).toEqual(['t:1#1']);
  });

  it('reconnects and delivers what was missed, once', async () => {
    server.add('t:1', 2);
    server.cut();
    server.add('t:1', 3);
    await settle(2_000);
    expect(client.state).toBe('live');
    server.add('t:1', 1);
    expect(seen).toEqual(names('t:1', 1, 6));
  });

  it('takes a silent stream for dead', async () => {
    const streams = server.streams.length;
    await settle(55_000);
    expect(server.streams.length).toBeGreaterThan(streams);
    expect(client.state).toBe('live');
  });

  it('reads many pages', async () => {
    server.limit = 10;
    server.cut();
    server.add('t:1', 95);
    await settle(3_000);
    expect(seen).toEqual(names('t:1', 1, 95));
  });

  it('says offline while the server is away and comes back by itself', async () => {
    server.down = true;
    server.cut();
    await settle(5_000);
    expect(client.state).toBe('offline');
    server.add('t:1', 2);
    server.down = false;
    await settle(31_000);
    expect(client.state).toBe('live');
    expect(seen).toEqual(names('t:1', 1, 2));
  });

  it('is offline at once when the network is gone, and live when it is back', async () => {
    client.sleep();
    expect(client.state).toBe('offline');
    server.add('t:1', 2, { push: false });
    client.wake();
    await settle();
    expect(client.state).toBe('live');
    expect(seen).toEqual(names('t:1', 1, 2));
  });

  it('opens again at once when the server closed the stream, and stops when signed out', async () => {
    const before = server.streams.length;
    server.cut();
    await settle(600);
    expect(server.streams.length).toBe(before + 1);
    expect(client.state).toBe('live');
    server.page = () => Promise.reject(new Error('signed out'));
    (client as unknown as { options: { fetchPage: typeof server.page } }).options.fetchPage =
      server.page;
    server.cut();
    await settle(600);
    expect(client.state).toBe('stopped');
  });

  it('calls for a resync when the server no longer has what was missed', async () => {
    server.cut();
    server.add('t:1', 10);
    server.trimmed.set('t:1', 6);
    await settle(2_000);
    expect(resyncs).toBe(1);
    expect(seen).toEqual(names('t:1', 7, 10));
  });

  it('calls for a resync when there is another channel, as with another scope of tickets', async () => {
    server.cut();
    server.channels.delete('t:1');
    server.channels.set('t:1.own', []);
    server.add('t:1.own', 3);
    await settle(2_000);
    expect(resyncs).toBe(1);
    server.add('t:1.own', 1);
    expect(seen).toEqual(names('t:1.own', 4, 4));
  });

  it('calls for a resync when numbers went back', async () => {
    server.add('t:1', 5);
    server.channels.set('t:1', []);
    await settle(31_000);
    expect(resyncs).toBe(1);
    server.add('t:1', 1);
    expect(seen.slice(5)).toEqual(['t:1#1']);
  });

  it('does not take an answer that events overtook for a restored server', async () => {
    const page = server.page;
    let release = () => {};
    const held = new Promise<void>((r) => (release = r));
    (client as unknown as { options: { fetchPage: typeof page } }).options.fetchPage = async (
      s,
    ) => {
      const answer = await page(s);
      await held;
      return answer;
    };
    client.wake();
    server.add('t:1', 2);
    release();
    await settle();
    expect(resyncs).toBe(0);
    expect(seen).toEqual(names('t:1', 1, 2));
  });

  it('survives a storm of cuts, doubles and losses: everything once and in order', async () => {
    let chance = 1;
    const random = () => (chance = (chance * 16807) % 2147483647) / 2147483647;
    for (let i = 0; i < 1000; i++) {
      const [event] = server.add('t:1', 1, { push: false });
      const dice = random();
      if (dice < 0.6) server.push(event!);
      if (dice < 0.1) server.push(event!);
      if (dice > 0.98) server.cut();
      if (dice > 0.995) server.down = !server.down;
      if (i % 25 === 0) await settle(700);
    }
    server.down = false;
    await settle(61_000);
    expect(seen).toEqual(names('t:1', 1, 1000));
  });

  it('stops when signed out', async () => {
    (client as unknown as { options: { fetchPage: () => Promise<never> } }).options.fetchPage =
      () => Promise.reject(new Error('signed out'));
    await settle(31_000);
    expect(client.state).toBe('stopped');
  });
});
