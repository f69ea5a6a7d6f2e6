/** The comments of a ticket, the newest first from the server; earlier ones are read when somebody wants them. */
import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, type ApiError } from '../api/client';
import { offline, queryClient, readAgain, setQueryData } from '../api/query';
import type { Comment } from '../api/types';
import { useEvents, useResync } from '../events/live';

/** Enough for nearly all tickets; of a long story the next pages are larger, because events read all of them again. */
const PAGE_FIRST = 100;
const PAGE_NEXT = 500;

interface CommentPage {
  items: Comment[];
  nextCursor: string | null;
}
export type CommentPages = InfiniteData<CommentPage, string | null>;

export interface Comments {
  /** The oldest first, as they are read. */
  items: readonly Comment[];
  /** Nothing is there yet. */
  loading: boolean;
  error: ApiError | null;
  refresh: () => void;
  hasEarlier: boolean;
  loadingEarlier: boolean;
  loadEarlier: () => Promise<{ hasEarlier: boolean }>;
}

const keyOf = (ticketId: string) => `comments/${ticketId}`;

const EVENTS = [
  'TicketCommented',
  'TicketCommentUpdated',
  'TicketCommentArchived',
  'TicketCommentRestored',
] as const;

export function useComments(ticketId: string): Comments {
  const query = useInfiniteQuery<CommentPage, ApiError, CommentPages, [string], string | null>(
    {
      queryKey: [keyOf(ticketId)],
      queryFn: ({ pageParam, signal }) =>
        api.get(`/api/tickets/${encodeURIComponent(ticketId)}/comments`, {
          query: {
            sort: '-createdAt',
            limit: pageParam ? PAGE_NEXT : PAGE_FIRST,
            cursor: pageParam,
          },
          signal,
        }),
      initialPageParam: null,
      getNextPageParam: (last) => last.nextCursor,
    },
    queryClient,
  );
  const { data, error, failureReason, hasNextPage, isFetchingNextPage } = query;
  const refresh = () => void readAgain({ queryKey: [keyOf(ticketId)] });
  useEvents(EVENTS, (event) => {
    if (event.data.ticketId === ticketId) refresh();
  });
  useResync(refresh);
  const items = useMemo(() => data?.pages.flatMap((p) => p.items).reverse() ?? [], [data]);
  return {
    items,
    loading: !data,
    error: error ?? offline(data, failureReason),
    refresh,
    hasEarlier: hasNextPage,
    loadingEarlier: isFetchingNextPage,
    loadEarlier: async () => ({ hasEarlier: (await query.fetchNextPage()).hasNextPage }),
  };
}

const without = (pages: readonly CommentPage[], id: string): CommentPage[] =>
  pages.map((p) => ({ ...p, items: p.items.filter((c) => c.id !== id) }));

/** The pages with this comment as it is now, in its place; one older than what was read comes with its page. */
export function placeComment(data: CommentPages, comment: Comment): CommentPages {
  const pages = without(data.pages, comment.id);
  const at = pages.findIndex(
    (p) => p.nextCursor === null || (p.items.at(-1)?.createdAt ?? '') <= comment.createdAt,
  );
  if (at >= 0) {
    const newer = pages[at]!.items.filter(
      (c) =>
        c.createdAt > comment.createdAt || (c.createdAt === comment.createdAt && c.id > comment.id),
    ).length;
    pages[at]!.items.splice(newer, 0, comment);
  }
  return { ...data, pages };
}

const change = (ticketId: string, to: (old: CommentPages) => CommentPages) =>
  setQueryData<CommentPages | undefined>(keyOf(ticketId), (old) => old && to(old));

export const putComment = (comment: Comment): void =>
  change(comment.ticketId, (old) => placeComment(old, comment));

export const dropComment = (comment: Comment): void =>
  change(comment.ticketId, (old) => ({ ...old, pages: without(old.pages, comment.id) }));
