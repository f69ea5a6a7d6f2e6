import { describe, expect, it } from 'vitest';
import { canShow, pasted } from './attachments';

const data = (names: string[], types = ['Files']) =>
  ({ types, files: names.map((name) => new File(['x'], name)) }) as unknown as DataTransfer;
const at = new Date(2026, 0, 2, 3, 4, 5);

describe('what is pasted', () => {
  it.each([
    ['a picture gets the time', data(['image.png']), ['image-2026-01-02-03-04-05.png']],
    ['a file keeps its name', data(['report.pdf']), ['report.pdf']],
    ['beside a text nothing', data(['image.png'], ['text/plain', 'Files']), []],
    ['nothing of nothing', null, []],
  ])('%s', (_, from, names) => expect(pasted(from, at).map((f) => f.name)).toEqual(names));
});

it('a browser shows what runs nothing', () => {
  expect(['image/png', 'application/pdf'].every((type) => canShow({ type }))).toBe(true);
  expect(['text/html', 'image/svg+xml', 'video/mp4'].some((type) => canShow({ type }))).toBe(false);
});
