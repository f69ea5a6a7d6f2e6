/** A code that fits a company's name, until somebody types another: 2 to 40 of a-z, 0-9 and "-", a letter first. */
const MOST = 40;
const LETTERS: Record<string, string> = { ß: 'ss', æ: 'ae', ø: 'o', å: 'a', ł: 'l', đ: 'd' };

export const codeFrom = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[ßæøåłđ]/g, (c) => LETTERS[c] ?? '')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, MOST)
    .replace(/-+$/, '');
