import { describe, expect, it } from 'vitest';
import { targetOf } from './follow';

describe('targetOf', () => {
  it('knows pages by tab name, whatever the case', () => {
    expect(targetOf('/tab/Tickets')).toEqual({ kind: 'page', path: '/tickets' });
    expect(targetOf('/tab/reports')).toEqual({ kind: 'page', path: '/reports' });
  });
  it('sends unknown tabs to the tickets', () => {
    expect(targetOf('/tab/Nowhere')).toEqual({ kind: 'page', path: '/tickets' });
  });
  it('keeps a path', () => {
    expect(targetOf('/tickets/7?tab=comments')).toEqual({
      kind: 'page',
      path: '/tickets/7?tab=comments',
    });
  });
  it('opens other sites outside', () => {
    expect(targetOf('https://example.com/a')).toEqual({
      kind: 'site',
      href: 'https://example.com/a',
    });
  });
  it.each([
    'javascript:alert(1)',
    '//evil.example',
    '/\\evil.example',
    'data:text/html,x',
    '',
    null,
  ])('leads nowhere for %s', (url) => expect(targetOf(url)).toBeNull());
});
