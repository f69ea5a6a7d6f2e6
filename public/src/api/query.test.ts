import { QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from './client';
import {
  clearQueries,
  invalidate,
  isPassing,
  queryClient,
  retryDelay,
  retryFailed,
  setQueryData,
} from './query';

const problem = (status: number, kind = 'x', retryAfter: number | null = null) =>
  new ApiError({ type: `/problems/${kind}`, title: 'No', status }, retryAfter);

/** A view that shows a key, as long as the test lasts. */
function show(key: string, load: () => Promise<unknown>) {
  const observer = new QueryObserver(queryClient, { queryKey: [key], queryFn: load });
  ends.push(observer.subscribe(() => {}));
  return observer;
}
let ends: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  ends.forEach((end) => end());
  ends = [];
  clearQueries();
  vi.useRealTimers();
});
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('what is read again', () => {
  it('is read once more where the first read was under way, which may have begun before', async () => {
    const answers: ((value: string) => void)[] = [];
    const load = vi.fn(() => new Promise((done) => answers.push(done)));
    const view = show('again', load);
    await pass(0);
    invalidate('again');
    answers[0]!('before');
    await pass(0);
    expect(load).toHaveBeenCalledTimes(2);
    answers[1]!('behind');
    await pass(0);
    expect(view.getCurrentResult().data).toBe('behind');
    expect(load).toHaveBeenCalledTimes(2);
  });
});

describe('a read that fails', () => {
  it('is tried again where nobody answered or there was no room', async () => {
    const load = vi.fn().mockRejectedValueOnce(problem(503)).mockResolvedValue('here');
    const view = show('a', load);
    await pass(500);
    expect(load).toHaveBeenCalledTimes(1);
    await pass(1000);
    expect(view.getCurrentResult().data).toBe('here');
  });
  it('is an error after three tries, and is read again when the connection is back', async () => {
    const load = vi.fn().mockRejectedValue(problem(0, 'network'));
    const view = show('b', load);
    await pass(10_000);
    expect(load).toHaveBeenCalledTimes(3);
    expect(view.getCurrentResult().error).toBeInstanceOf(ApiError);
    load.mockResolvedValue('back');
    retryFailed();
    await pass(0);
    expect(view.getCurrentResult()).toMatchObject({ data: 'back', error: null });
  });
  it('is not tried again where the answer would be the same', async () => {
    const load = vi.fn().mockRejectedValue(problem(403));
    show('c', load);
    await pass(10_000);
    retryFailed();
    await pass(0);
    expect(load).toHaveBeenCalledTimes(1);
  });
  it('waits as long as the server says, within reason', () => {
    expect(retryDelay(0, problem(503))).toBe(1000);
    expect(retryDelay(1, problem(503))).toBe(2000);
    expect(retryDelay(0, problem(503, 'busy', 4))).toBe(4000);
    expect(retryDelay(0, problem(503, 'busy', 600))).toBe(10_000);
    expect(isPassing(problem(0, 'timeout'))).toBe(false);
  });
});

describe('invalidate', () => {
  it('reads what is shown, once now and once for all that follow at once', async () => {
    const [plugins, other] = [vi.fn().mockResolvedValue(1), vi.fn().mockResolvedValue(1)];
    show('plugins/a', plugins);
    show('tickets', other);
    await pass(0);
    for (let i = 0; i < 4; i++) invalidate('plugins/');
    await pass(1000);
    expect(plugins).toHaveBeenCalledTimes(3);
    expect(other).toHaveBeenCalledTimes(1);
  });
});

it('an answer that is put in place is not overwritten by an older read', async () => {
  let answer: (v: string) => void = () => {};
  const view = show('d', () => new Promise<string>((resolve) => (answer = resolve)));
  await pass(0);
  setQueryData('d', 'newer');
  answer('older');
  await pass(1000);
  expect(view.getCurrentResult().data).toBe('newer');
});
