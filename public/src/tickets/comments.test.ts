import { describe, expect, it } from 'vitest';
import type { Comment } from '../api/types';
import { placeComment, type CommentPages } from './comments';

const comment = (id: string, second: number) =>
  ({ id, ticketId: 't', createdAt: `2026-01-01T00:00:0${second}Z` }) as Comment;
const pages = (last: string | null): CommentPages => ({
  pages: [
    { items: [comment('e', 5), comment('d', 4)], nextCursor: 'x' },
    { items: [comment('c', 3), comment('b', 2)], nextCursor: last },
  ],
  pageParams: [null, 'x'],
});
const ids = (data: CommentPages) => data.pages.map((p) => p.items.map((c) => c.id).join(''));

describe('a comment comes to its place among the pages', () => {
  it.each([
    ['a new one', comment('f', 6), null, ['fed', 'cb']],
    ['one that was changed', comment('c', 3), null, ['ed', 'cb']],
    ['one of the same moment as another', comment('x', 3), null, ['ed', 'xcb']],
    ['the oldest of all', comment('a', 1), null, ['ed', 'cba']],
    ['one of a page that wasn’t read', comment('a', 1), 'y', ['ed', 'cb']],
  ])('%s', (_, one, last, wanted) => expect(ids(placeComment(pages(last), one))).toEqual(wanted));
  it('leaves what was there as it was', () => {
    const before = pages(null);
    placeComment(before, comment('f', 6));
    expect(ids(before)).toEqual(['ed', 'cb']);
  });
});
