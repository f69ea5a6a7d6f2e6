// @vitest-environment jsdom
import { act, cleanup, renderHook, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { api } from '../api/client';
import { clearQueries } from '../api/query';
import { askedBy, useInbox } from '../inbox/data';
import { useTicketList } from './data';
import { filtersOf } from './filters';

const resync: (() => void)[] = [];
vi.mock('../events/live', () => ({
  useEvents: () => {},
  useResync: (handler: () => void) => void resync.push(handler),
}));
vi.mock('../auth/session', () => ({
  may: () => true,
  useMe: () => ({ id: 'me', permissions: [] }),
}));

afterEach(() => {
  cleanup();
  clearQueries();
  resync.length = 0;
  vi.restoreAllMocks();
});

/** Answers to requests of this path, in their order, when the test gives them. */
function answersOf(path: string) {
  const answers: ((items: unknown[]) => void)[] = [];
  vi.spyOn(api, 'get').mockImplementation((asked: string) =>
    asked === path
      ? new Promise((done) =>
          answers.push((items) => done({ items, total: 1, nextCursor: null } as never)),
        )
      : Promise.resolve({ items: [] } as never),
  );
  return answers;
}

it('reads the tickets once more where events were missed during the first read', async () => {
  const answers = answersOf('/api/tickets');
  const { result } = renderHook(() => useTicketList(filtersOf(new URLSearchParams())));
  act(() => resync.at(-1)!());
  answers[0]!([{ id: 'before' }]);
  await waitFor(() => expect(answers).toHaveLength(2));
  answers[1]!([{ id: 'behind' }]);
  await waitFor(() => expect(result.current.items.map((t) => t.id)).toEqual(['behind']));
  expect(answers).toHaveLength(2);
});

it('reads the inbox once more where it is asked for during the first read', async () => {
  const answers = answersOf('/api/notifications');
  const { result } = renderHook(() => useInbox(askedBy(new URLSearchParams())));
  act(() => result.current.refresh());
  answers[0]!([{ id: 'before', read: true }]);
  await waitFor(() => expect(answers).toHaveLength(2));
  answers[1]!([{ id: 'behind', read: true }]);
  await waitFor(() => expect(result.current.items?.map((n) => n.id)).toEqual(['behind']));
});
