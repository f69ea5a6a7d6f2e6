import { describe, expect, it } from 'vitest';
import type { User } from '../api/types';
import { peopleFor, toStored, toWritten, typedMention } from './mention';

const ID = '01890000-0000-7000-8000-000000000001';
const OTHER = '01890000-0000-7000-8000-000000000002';

describe('a mention', () => {
  it('is written as a name and stored with the id', () => {
    const picks = new Map([
      ['Ann Ruiz', ID],
      ['Ann', OTHER],
    ]);
    const stored = toStored('@Ann Ruiz and @Ann, not @Bob', picks);
    expect(stored).toBe(`[@Ann Ruiz](mention:${ID}) and [@Ann](mention:${OTHER}), not @Bob`);
    expect(toWritten(stored)).toEqual({ text: '@Ann Ruiz and @Ann, not @Bob', picks });
  });
  it('may be of a name with brackets', () => {
    const picks = new Map([['A [the roof] \\ B', ID]]);
    const stored = toStored('@A [the roof] \\ B!', picks);
    expect(toWritten(stored)).toEqual({ text: '@A [the roof] \\ B!', picks });
  });
  it('leaves other links alone', () => {
    const text = '[@x](https://x.example) [@y](mention:1)';
    expect(toWritten(text).text).toBe(text);
  });
  it.each([
    ['@an', { from: 0, query: 'an' }],
    ['ask @', { from: 4, query: '' }],
    ['ask @Ann Ru', { from: 4, query: 'Ann Ru' }],
    ['@Ann ', { from: 0, query: 'Ann ' }],
    ['@Ann Ruiz ', null],
    ['a@b', null],
    ['@Ann Ruiz is here', null],
    ['no', null],
  ])('is being typed in "%s"', (text, found) =>
    expect(typedMention(text, text.length)).toEqual(found),
  );
});

it('finds people by the beginning of each of their names', () => {
  const user = (id: string, name: string, active = true) => ({ id, name, active }) as User;
  const users = [
    user('1', 'Zoe Ruiz'),
    user('2', 'Ann Ruiz'),
    user('3', 'Rudi Rust', false),
    user('4', 'Ruth'),
  ];
  expect(peopleFor(users, 'ru', '4').map((u) => u.id)).toEqual(['2', '1']);
  expect(peopleFor(users, 'ann r', '4').map((u) => u.id)).toEqual(['2']);
});
