/** A list that is read page by page, by the cursor that came with the page before. */
import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import { api, type ApiError } from './client';
import { offline, queryClient, readAgain } from './query';

interface ListPage<T> {
  items: T[];
  nextCursor: string | null;
}

/** `queryOf` is called for each page, when it is read. */
export function usePages<T>(
  queryKey: string[],
  path: string,
  queryOf: () => Record<string, string | number>,
) {
  const query = useInfiniteQuery<
    ListPage<T>,
    ApiError,
    InfiniteData<ListPage<T>, string | null>,
    string[],
    string | null
  >(
    {
      queryKey,
      queryFn: ({ pageParam, signal }) =>
        api.get(path, { query: { ...queryOf(), cursor: pageParam }, signal }),
      initialPageParam: null,
      getNextPageParam: (last) => last.nextCursor,
    },
    queryClient,
  );
  return {
    items: query.data?.pages.flatMap((p) => p.items),
    error: query.error ?? offline(query.data, query.failureReason),
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    refresh: () => void readAgain({ queryKey, exact: true }),
  };
}
