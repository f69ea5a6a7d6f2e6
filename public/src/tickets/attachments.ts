/** The files of a ticket, and those that are on their way, which go on when the ticket is closed. */
import { useSyncExternalStore } from 'react';
import { api, isAbort, type ApiError } from '../api/client';
import { upload } from '../api/send';
import { invalidate, useQuery } from '../api/query';
import type { Attachment, Items } from '../api/types';
import { useEvents, useResync } from '../events/live';

const pathOf = (ticketId: string) => `/api/tickets/${encodeURIComponent(ticketId)}/attachments`;
const keyOf = (ticketId: string) => `attachments/${ticketId}`;

export const onePath = (file: Pick<Attachment, 'id'>): string =>
  `/api/attachments/${encodeURIComponent(file.id)}`;

/** What the server lets a browser show, and doesn't only save (fcgi/api/attachments.c). */
const SHOWN = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf'];
export const canShow = (file: Pick<Attachment, 'type'>): boolean => SHOWN.includes(file.type);

export function useAttachments(ticketId: string) {
  const query = useQuery<Items<Attachment>>(keyOf(ticketId), (signal) =>
    api.get(pathOf(ticketId), { signal }),
  );
  useEvents(['TicketFileAdded', 'TicketFileRemoved'], (event) => {
    if (event.data.ticketId === ticketId) readAgain(ticketId);
  });
  useResync(query.refresh);
  return query;
}

function readAgain(ticketId: string): void {
  invalidate(keyOf(ticketId));
  invalidate(`history/${ticketId}`);
}

export async function removeAttachment(ticketId: string, file: Attachment): Promise<void> {
  await api.del(onePath(file));
  readAgain(ticketId);
}

/** A file that is sent, waits for others, or was refused. */
export interface Sending {
  key: number;
  ticketId: string;
  file: File;
  /** 0 to 1; null while it waits. */
  share: number | null;
  error: ApiError | null;
  abort: AbortController;
}

let sending: readonly Sending[] = [];
let lastKey = 0;
let busy = false;
const listeners = new Set<() => void>();

function set(next: readonly Sending[]): void {
  sending = next;
  listeners.forEach((listener) => listener());
}

const change = (key: number, to: Partial<Sending>) =>
  set(sending.map((s) => (s.key === key ? { ...s, ...to } : s)));
const drop = (key: number) => set(sending.filter((s) => s.key !== key));

/** One at a time: the first is there soonest, and a phone's connection isn't shared. */
async function sendNext(): Promise<void> {
  const next = sending.find((s) => s.share === null && !s.error);
  if (!next || busy) return;
  busy = true;
  change(next.key, { share: 0 });
  try {
    await upload(
      pathOf(next.ticketId),
      { file: next.file },
      {
        onLine: () => {},
        onShare: (share) => change(next.key, { share }),
        signal: next.abort.signal,
      },
    );
    drop(next.key);
    readAgain(next.ticketId);
  } catch (error) {
    if (isAbort(error)) drop(next.key);
    else change(next.key, { error: error as ApiError, share: null });
  } finally {
    busy = false;
  }
  void sendNext();
}

export function sendFiles(ticketId: string, files: readonly File[]): void {
  set([
    ...sending,
    ...files.map((file) => ({
      key: ++lastKey,
      ticketId,
      file,
      share: null,
      error: null,
      abort: new AbortController(),
    })),
  ]);
  void sendNext();
}

export function sendAgain({ key, abort }: Sending): void {
  if (abort.signal.aborted) return;
  change(key, { error: null, share: null });
  void sendNext();
}

/** Also takes one away that was refused, or waits. */
export function stopSending({ key, share, abort }: Sending): void {
  if (share === null) drop(key);
  abort.abort();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSending(ticketId: string): readonly Sending[] {
  return useSyncExternalStore(subscribe, () => sending).filter((s) => s.ticketId === ticketId);
}

/** Pictures that are pasted all have one name: the time tells them apart. */
export function pasted(data: DataTransfer | null, now = new Date()): File[] {
  // A table or a formatted text comes with its picture, too: then the text is meant.
  if (!data || data.types.includes('text/plain')) return [];
  const stamp = [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    .concat(now.getHours(), now.getMinutes(), now.getSeconds())
    .map((n) => String(n).padStart(2, '0'))
    .join('-');
  return [...data.files].map((file, i) =>
    /^image\.\w+$/.test(file.name)
      ? new File([file], file.name.replace('.', `-${stamp}${i ? `-${i}` : ''}.`), {
          type: file.type,
        })
      : file,
  );
}
