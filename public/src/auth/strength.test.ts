import { describe, expect, it } from 'vitest';
import { strengthOf } from './strength';

const of = (password: string) => strengthOf(password, 12, ['Ann Müller', 'ann@northwind.example']);

describe('strengthOf', () => {
  it('says what the server would refuse', () => {
    expect(of('')).toBe('none');
    expect(of('wZ3kQ9vLr2T')).toBe('short');
    for (const easy of [
      'password1234',
      'aaaaaaaaaaaaaaa',
      '123456789012',
      'abcabcabcabc',
      'Müller-Ann-99',
      'northwind-2026',
    ])
      expect(of(easy), easy).toBe('easy');
  });
  it('tells fine from strong', () => {
    expect(of('Tr0ub4dor&3x')).toBe('fair');
    expect(of('correct horse battery')).toBe('good');
  });
});
