import { expect, it } from 'vitest';
import { releasesBetween, releasesOf } from './changelog';

const TEXT = `# Changelog

## [Unreleased]
- not yet

## [1.10.0] - 2026-10-01

### Added
- Rounding

## v1.2.0 (2026-03-01)\r
- Two
## 1.0.0
## History
Older ones are elsewhere.

[1.10.0]: https://example.com/compare
`;

it('reads versions, their days and what changed, and nothing else', () =>
  expect(releasesOf(TEXT)).toEqual([
    { version: '1.10.0', day: '2026-10-01', text: '### Added\n- Rounding' },
    { version: '1.2.0', day: '2026-03-01', text: '- Two' },
    { version: '1.0.0', day: null, text: '' },
  ]));

it.each([
  ['1.0.0', '1.10.0', ['1.10.0', '1.2.0']],
  ['1.2.0', '1.10.0', ['1.10.0']],
  ['1.0.0', '1.2.0', ['1.2.0']],
  ['1.10.0', '1.10.0', []],
])('between %s and %s', (after, upTo, versions) =>
  expect(releasesBetween(releasesOf(TEXT), after, upTo).map((r) => r.version)).toEqual(versions),
);
