/**
 * The event client. Every event belongs to a channel and carries that channel's next number, so
 * this side can tell whether it has everything: what the stream pushes is only a fast copy.
 *
 * Rules:
 *  - an event is delivered when its number is the last delivered one of its channel plus one;
 *  - lower ones are duplicates and dropped, higher ones wait while the server is asked for the gap;
 *  - the server is also asked after every (re)connect, when a heartbeat names a higher number, and
 *    every 30 s, which renews the presence lease as well;
 *  - what the server no longer has ("lost") is not pretended: listeners hear a resync and read anew.
 *
 * No browser API in here: time, chance, transport and fetching come from outside.
 */

export interface MtEvent<T = Record<string, unknown>> {
  channel: string;
  seq: number;
  type: string;
  data: T;
  at: string;
}

/** "time-clock.EntryAdded": raised by that plugin. */
export const isOfPlugin = (type: string): boolean => type.includes('.');

/** What is pushed once, without a number: nobody asks for what was missed. */
export interface Push {
  type: 'presence';
  plugin: string;
  data: { entity: string; userId: string; name: string; here: boolean; typing: boolean };
}

export interface EventPage {
  events: MtEvent[];
  heads: Record<string, number>;
  more?: boolean;
  lost?: string[];
}

export type Connection = 'connecting' | 'live' | 'offline' | 'stopped';

export interface TransportHandlers {
  onOpen(): void;
  onMessage(text: string): void;
  onClose(): void;
}

export interface EventClientOptions {
  /** GET /api/events; null asks for the heads only. */
  fetchPage(since: Record<string, number> | null): Promise<EventPage>;
  /** Opens a stream and answers how to close it (no onClose for one's own closing). */
  openTransport(handlers: TransportHandlers): () => void;
  /** True when the error means that asking again is pointless (signed out). */
  isFinal?(error: unknown): boolean;
  random?(): number;
}

const BEAT_MS = 30_000;
/** Heartbeats come every 15 s: a stream that says nothing for three of them is dead. */
const SILENCE_MS = 50_000;
const OPEN_MS = 10_000;
const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 30_000;
const ROUNDS_MAX = 50;
const RAISED_KEPT = 500;

export class EventClient {
  private last = new Map<string, number>();
  private waiting = new Map<string, Map<number, MtEvent>>();
  private started = false;
  private knowsHeads = false;
  private failures = 0;
  private closeTransport: (() => void) | null = null;
  private generation = 0;
  private catching: Promise<void> | null = null;
  private catchAgain = false;
  private raised = new Set<string>();
  private beatTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private eventListeners = new Set<(event: MtEvent) => void>();
  private resyncListeners = new Set<() => void>();
  private pushListeners = new Set<(push: Push) => void>();
  private stateListeners = new Set<() => void>();
  private stateNow: Connection = 'stopped';

  constructor(private options: EventClientOptions) {}

  get state(): Connection {
    return this.stateNow;
  }
  /** The last delivered number of each channel. */
  positions(): Record<string, number> {
    return Object.fromEntries(this.last);
  }

  onEvent(listener: (event: MtEvent) => void): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }
  onResync(listener: () => void): () => void {
    this.resyncListeners.add(listener);
    return () => this.resyncListeners.delete(listener);
  }
  onPush(listener: (push: Push) => void): () => void {
    this.pushListeners.add(listener);
    return () => this.pushListeners.delete(listener);
  }
  onState(listener: () => void): () => void {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    this.setState('connecting');
    this.scheduleBeat();
    void this.connect();
  }

  /** Forgets positions too: the next start may be another person. */
  stop(): void {
    this.started = false;
    this.knowsHeads = false;
    this.failures = 0;
    this.last.clear();
    this.waiting.clear();
    clearTimeout(this.beatTimer);
    clearTimeout(this.retryTimer);
    this.dropTransport();
    this.setState('stopped');
  }

  /** The page came back to sight or the network to life: look now instead of later. */
  wake(): void {
    if (!this.started) return;
    if (this.closeTransport) {
      void this.catchUp().catch(() => {});
      return;
    }
    this.failures = 0;
    clearTimeout(this.retryTimer);
    void this.connect();
  }

  /** The network is gone, as the browser says: don't wait for the stream to notice. */
  sleep(): void {
    if (!this.started) return;
    this.failures = Math.max(this.failures, 1);
    this.failed(null);
  }

  // --- connection ---

  private setState(state: Connection): void {
    if (state === this.stateNow) return;
    this.stateNow = state;
    this.stateListeners.forEach((tell) => tell());
  }

  private dropTransport(): void {
    this.generation++;
    clearTimeout(this.silenceTimer);
    this.closeTransport?.();
    this.closeTransport = null;
  }

  private async connect(): Promise<void> {
    this.dropTransport();
    const mine = this.generation;
    const current = () => this.started && mine === this.generation;
    try {
      if (!this.knowsHeads) {
        const page = await this.options.fetchPage(null);
        if (!current()) return;
        for (const [channel, seq] of Object.entries(page.heads)) this.last.set(channel, seq);
        this.knowsHeads = true;
      }
    } catch (error) {
      if (current()) this.failed(error);
      return;
    }
    const lost = () => this.failed(null);
    this.armSilence(OPEN_MS, lost);
    this.closeTransport = this.options.openTransport({
      onOpen: () => {
        if (!current()) return;
        this.armSilence(SILENCE_MS, lost);
        // The stream starts at "now": what came between the last number known and now is asked for.
        this.catchUp().then(
          () => {
            if (!current()) return;
            this.failures = 0;
            this.setState('live');
          },
          (error) => current() && this.failed(error),
        );
      },
      onMessage: (text) => {
        if (!current()) return;
        this.armSilence(SILENCE_MS, lost);
        this.receive(text);
      },
      onClose: () => current() && lost(),
    });
  }

  private armSilence(ms: number, lost: () => void): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(lost, ms);
  }

  private failed(error: unknown): void {
    this.dropTransport();
    if (!this.started) return;
    if (error && this.options.isFinal?.(error)) {
      this.stop();
      return;
    }
    this.failures++;
    // The first loss is mended so fast that nobody needs to see it.
    this.setState(this.failures > 1 || this.stateNow !== 'live' ? 'offline' : 'connecting');
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (this.failures - 1));
    const random = this.options.random ?? Math.random;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(
      () => {
        // Also without any stream events arrive, only later.
        // Where the stream was closed because a right ended, this is how we learn that nobody is signed in.
        if (this.knowsHeads) this.mend();
        void this.connect();
      },
      ceiling * (0.5 + random() / 2),
    );
  }

  private scheduleBeat(): void {
    clearTimeout(this.beatTimer);
    this.beatTimer = setTimeout(() => {
      this.scheduleBeat();
      if (this.knowsHeads)
        this.catchUp().catch((error) => this.options.isFinal?.(error) && this.stop());
    }, BEAT_MS);
  }

  // --- events ---

  private receive(text: string): void {
    let message: (Partial<MtEvent> & { events?: unknown }) | null;
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      return;
    }
    // What a busy company raised within a second comes together.
    if (message?.type === 'events' && Array.isArray(message.events))
      (message.events as (Partial<MtEvent> | null)[]).forEach((one) => this.take(one));
    else if (message?.type === 'presence' && message.data)
      this.pushListeners.forEach((listener) => listener(message as unknown as Push));
    else this.take(message);
  }

  private take(message: Partial<MtEvent> | null): void {
    if (!message) return;
    const { channel, seq, type } = message;
    if (typeof channel !== 'string' || typeof seq !== 'number' || typeof type !== 'string') return;
    // A channel that came to be after the heads were read (a new role): from here on.
    if (!this.last.has(channel)) this.last.set(channel, type === 'heartbeat' ? seq : seq - 1);
    const last = this.last.get(channel)!;
    if (type === 'heartbeat') {
      if (seq > last) this.mend();
      return;
    }
    if (seq <= last) return;
    this.park({ channel, seq, type, data: message.data ?? {}, at: message.at ?? '' });
    this.drain(channel);
    if (this.waiting.get(channel)?.size) this.mend();
  }

  private park(event: MtEvent): void {
    let parked = this.waiting.get(event.channel);
    if (!parked) this.waiting.set(event.channel, (parked = new Map()));
    parked.set(event.seq, event);
  }

  /** Delivers what is next in line, and what that makes next. */
  private drain(channel: string): void {
    const parked = this.waiting.get(channel);
    if (!parked) return;
    for (;;) {
      const next = (this.last.get(channel) ?? 0) + 1;
      const event = parked.get(next);
      if (!event) break;
      parked.delete(next);
      this.last.set(channel, next);
      this.deliver(event);
      if (!this.started) return;
    }
    const last = this.last.get(channel) ?? 0;
    for (const seq of parked.keys()) if (seq <= last) parked.delete(seq);
  }

  /** What a plugin raises for several roles comes on the channel of each, with the same id. */
  private isRepeated(event: MtEvent): boolean {
    const id = isOfPlugin(event.type) ? event.data.id : undefined;
    if (typeof id !== 'string') return false;
    if (this.raised.has(id)) return true;
    this.raised.add(id);
    if (this.raised.size > RAISED_KEPT) this.raised.delete(this.raised.values().next().value!);
    return false;
  }

  private deliver(event: MtEvent): void {
    if (this.isRepeated(event)) return;
    for (const listener of [...this.eventListeners]) {
      try {
        listener(event);
      } catch (error) {
        console.error('an event listener failed', error);
      }
    }
  }

  private mend(): void {
    void this.catchUp().catch((error) => {
      if (this.options.isFinal?.(error)) this.stop();
      // Otherwise the next message, beat or reconnect asks again.
    });
  }

  /** Asks for everything after the last numbers. One question at a time; callers share it. */
  private catchUp(): Promise<void> {
    if (this.catching) {
      this.catchAgain = true;
      return this.catching;
    }
    this.catching = this.catchUpRounds().finally(() => {
      this.catching = null;
    });
    return this.catching;
  }

  private async catchUpRounds(): Promise<void> {
    let fruitless = 0;
    for (let round = 0; round < ROUNDS_MAX && fruitless < 3; round++) {
      this.catchAgain = false;
      const asked = this.positions();
      const page = await this.options.fetchPage(asked);
      if (!this.started) return;
      const behind = this.takePage(page, asked);
      if (!page.more && !behind && !this.catchAgain) return;
      fruitless = page.events.length || page.lost?.length ? 0 : fruitless + 1;
    }
  }

  /** True when the server has more than it sent. `asked` is what the page is the answer to. */
  private takePage(page: EventPage, asked: Record<string, number>): boolean {
    const resync = new Set<string>();
    const jump = (channel: string, to: number) => {
      if (to > (this.last.get(channel) ?? 0)) this.last.set(channel, to);
      resync.add(channel);
    };
    const seen = new Set<string>();
    for (const event of page.events) {
      const { channel, seq } = event;
      if (!this.last.has(channel)) this.last.set(channel, seq - 1);
      // The first one isn't the next one: what lies between is gone.
      if (!seen.has(channel) && seq > (asked[channel] ?? seq - 1) + 1) jump(channel, seq - 1);
      seen.add(channel);
      if (seq > this.last.get(channel)!) this.park(event);
      this.drain(channel);
      if (!this.started) return false;
    }
    for (const channel of page.lost ?? [])
      if (!seen.has(channel)) jump(channel, page.heads[channel] ?? 0);
    let behind = false;
    for (const [channel, head] of Object.entries(page.heads)) {
      const last = this.last.get(channel);
      if (last === undefined) {
        // Another right has another channel: what it would have said so far is read instead.
        this.last.set(channel, head);
        resync.add(channel);
      } else if (head < (asked[channel] ?? 0) && last === asked[channel]) {
        // Numbers went back: the server was restored from a backup.
        this.last.set(channel, head);
        this.waiting.delete(channel);
        resync.add(channel);
      } else if (head > last) behind = true;
      this.drain(channel);
    }
    for (const channel of page.lost ?? []) resync.add(channel);
    if (resync.size) this.resyncListeners.forEach((tell) => tell());
    return behind;
  }
}
