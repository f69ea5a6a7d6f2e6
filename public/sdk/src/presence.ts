/** Who else is at the same thing in the plugin's components, and who types there. */
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { api, onPush, useMe } from './host';
import type { PluginApi } from './plugin-api';

export interface Person {
  userId: string;
  name: string;
  typing: boolean;
}
interface Found extends Person {
  expiresIn: number;
}
type Known = Person & { until: number; typingUntil: number };

const RENEW_MS = 20_000;
/** The server takes typing for over after 6 s; it pushes again before. */
const TYPING_MS = 7_000;
const TYPING_AGAIN_MS = 2_500;
const FIRST_MS = 45_000;
const NOBODY: readonly Person[] = [];

const newId = () =>
  '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (c) =>
    (
      Number(c) ^
      (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (Number(c) / 4)))
    ).toString(16),
  );

/** One thing of a plugin on this page, however many components show it. */
class Place {
  private conn = newId();
  private people = new Map<string, Known>();
  private shown: readonly Person[] = NOBODY;
  private listeners = new Set<() => void>();
  private timers: ReturnType<typeof setInterval>[] = [];
  private stopPush = () => {};
  private typing = false;
  private typedAt = 0;
  private overTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private key: string,
    private entity: string,
  ) {}

  get = (): readonly Person[] => this.shown;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.open();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.close();
    };
  };

  /** A key was pressed: the others see it at once, and for as long as it goes on. */
  type = (): void => {
    clearTimeout(this.overTimer);
    this.overTimer = setTimeout(this.stop, TYPING_MS - 2_000);
    const now = Date.now();
    if (this.typing && now - this.typedAt < TYPING_AGAIN_MS) return;
    this.typing = true;
    this.typedAt = now;
    this.renew();
  };

  stop = (): void => {
    clearTimeout(this.overTimer);
    if (!this.typing) return;
    this.typing = false;
    this.renew();
  };

  private open(): void {
    this.stopPush = onPush(this.key, (push) => {
      if (push.entity !== this.entity) return;
      if (!push.here) this.people.delete(push.userId);
      else this.keep(push, FIRST_MS);
      this.show();
    });
    this.timers = [setInterval(this.renew, RENEW_MS), setInterval(this.show, 1_000)];
    window.addEventListener('pagehide', this.leaveAtOnce);
    this.renew();
  }

  private close(): void {
    clearTimeout(this.overTimer);
    this.timers.forEach(clearInterval);
    this.stopPush();
    window.removeEventListener('pagehide', this.leaveAtOnce);
    this.typing = false;
    this.people.clear();
    this.shown = NOBODY;
    api.post(this.leaveUrl()).catch(() => {}); // the lease expires by itself
  }

  private leaveUrl = () =>
    `/api/presence/${this.key}/leave?entity=${encodeURIComponent(this.entity)}&conn=${this.conn}`;
  private leaveAtOnce = () => void navigator.sendBeacon?.(this.leaveUrl());

  private keep(person: Person, ms: number): void {
    const now = Date.now();
    this.people.set(person.userId, {
      userId: person.userId,
      name: person.name,
      typing: person.typing,
      until: now + ms,
      typingUntil: person.typing ? now + TYPING_MS : 0,
    });
  }

  private renew = (): void => {
    const body = { entity: this.entity, conn: this.conn, typing: this.typing };
    api.put<{ people: Found[] }>(`/api/presence/${this.key}`, body).then(
      (answer) => {
        if (this.listeners.size === 0) return;
        this.people.clear();
        answer.people.forEach((p) => this.keep(p, p.expiresIn * 1000));
        this.show();
      },
      () => {}, // who was there is shown until their time is over; the next renewal asks again
    );
  };

  /** Tells the components, when what they show is something else. */
  private show = (): void => {
    const now = Date.now();
    const next = [...this.people.values()]
      .filter((p) => p.until > now)
      .map(({ userId, name, typingUntil }) => ({ userId, name, typing: typingUntil > now }))
      .sort((a, b) => a.name.localeCompare(b.name) || a.userId.localeCompare(b.userId));
    if (JSON.stringify(next) === JSON.stringify(this.shown)) return;
    this.shown = next;
    this.listeners.forEach((listener) => listener());
  };
}

const places = new Map<string, Place>();

function placeOf(plugin: PluginApi, entity: string): Place {
  const name = `${plugin.key} ${entity}`;
  let place = places.get(name);
  if (!place) places.set(name, (place = new Place(plugin.key, entity)));
  return place;
}

export interface Presence {
  /** The others, by name; without oneself. */
  others: readonly Person[];
}

/**
 * Says that the person is at this, for as long as the component is shown, and who else is: people who may use the
 * plugin (`presence` in the manifest). entity is what it is about, such as `ticket:${id}`; null waits.
 *
 *   const { others } = usePresence(plugin, `ticket:${ticketId}`);
 */
export function usePresence(plugin: PluginApi, entity: string | null): Presence {
  const me = useMe().id;
  const place = entity === null ? null : placeOf(plugin, entity);
  const people = useSyncExternalStore(
    useCallback((listener) => place?.subscribe(listener) ?? (() => {}), [place]),
    () => place?.get() ?? NOBODY,
  );
  const [others, setOthers] = useState<readonly Person[]>(NOBODY);
  useEffect(() => setOthers(people.filter((p) => p.userId !== me)), [people, me]);
  return { others };
}

export interface Typing {
  /** Those of the others who type now. */
  typing: readonly Person[];
  /** To be called at every change of the text: the others see it while it goes on. */
  onType: () => void;
  /** The text was sent or given up. */
  onStop: () => void;
}

/** Who types about the same thing, and that the person does. */
export function useTyping(plugin: PluginApi, entity: string | null): Typing {
  const { others } = usePresence(plugin, entity);
  const place = entity === null ? null : placeOf(plugin, entity);
  const onType = useCallback(() => place?.type(), [place]);
  const onStop = useCallback(() => place?.stop(), [place]);
  return { typing: others.filter((p) => p.typing), onType, onStop };
}
