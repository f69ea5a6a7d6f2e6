import { expect, test } from 'vitest';
import { lineReader } from './lines';

test('tells each line once, however the text arrives', () => {
  const lines: unknown[] = [];
  const read = lineReader((line) => lines.push(line));
  const text = '{"name":"one"}\n{"name":"two"}\n{"status":201,"body":{"key":"a"}}\n';
  let last = null;
  for (let n = 0; n <= text.length; n++) {
    expect(last).toBeNull();
    last = read(text.slice(0, n));
  }
  expect(lines).toEqual([{ name: 'one' }, { name: 'two' }]);
  expect(last).toEqual({ status: 201, body: { key: 'a' } });
  expect(read(text)).toEqual(last);
  expect(lines).toHaveLength(2);
});

test('an answer that was cut off has no last line', () => {
  expect(lineReader(() => {})('{"name":"one"}\n{"status":201,"bo')).toBeNull();
  expect(lineReader(() => {})('')).toBeNull();
});

test('what is no JSON is an error', () => {
  expect(() => lineReader(() => {})('<html>\n')).toThrow(SyntaxError);
});
