import { describe, expect, it } from 'vitest';
import type { Installation, PluginPackage } from '../api/types';
import { setLanguage } from '../text';
import { bestPackage, categoriesOf, compareVersions, newerVersion, offersOf, search } from './find';
import type { MarketEntry } from './types';

const entry = (key: string, more: Partial<MarketEntry> = {}): MarketEntry => ({
  key,
  displayName: key,
  description: '',
  version: '1.0.0',
  ...more,
});
const pack = (key: string, version: string, approved = true) =>
  ({ key, version, approved, displayName: key, description: '', manifest: {} }) as PluginPackage;

describe('versions', () => {
  it('follow semver, pre-releases before their release', () => {
    const sorted = ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta.2']
      .concat(['1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.1', '1.10.0'])
      .reverse()
      .sort(compareVersions);
    expect(sorted).toEqual([
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.1',
      '1.10.0',
    ]);
    expect(compareVersions('1.0.0+a', '1.0.0+b')).toBe(0);
  });
  it('offer the newest that is approved', () => {
    expect(
      bestPackage([pack('a', '1.9.0'), pack('a', '1.10.0'), pack('a', '2.0.0', false)]),
    ).toMatchObject({ version: '1.10.0' });
    expect(bestPackage([pack('a', '2.0.0', false)])).toMatchObject({ version: '2.0.0' });
    expect(bestPackage([])).toBeNull();
  });
});

describe('offers', () => {
  it('are entries and packages that no catalogue names, with what is installed', () => {
    const offers = offersOf(
      [entry('clock', { version: '2.0.0' })],
      [pack('clock', '1.0.0'), pack('mine', '1.0.0', false)],
      [{ id: 'x', pluginKey: 'clock', version: '1.0.0' } as Installation],
    );
    expect(offers.map((o) => [o.key, o.installation?.id ?? null, o.waiting])).toEqual([
      ['clock', 'x', false],
      ['mine', null, true],
    ]);
  });
});

describe('a newer version', () => {
  const here = (availableVersion: string | null) =>
    ({ pluginKey: 'clock', version: '1.0.0', availableVersion }) as Installation;
  const there = (more: Partial<MarketEntry>) => [entry('clock', { version: '1.2.0', ...more })];
  it('is the newest of what is here and what can be fetched', () => {
    expect(newerVersion(here('1.1.0'), there({ updateAvailable: true }))).toBe('1.2.0');
    expect(newerVersion(here('1.3.0'), there({ updateAvailable: true }))).toBe('1.3.0');
    expect(newerVersion(here(null), there({ updateAvailable: true }))).toBe('1.2.0');
  });
  it('is none that does not fit or is none', () => {
    const misfit = { updateAvailable: true, compatible: { ok: false } };
    expect(newerVersion(here(null), there(misfit))).toBeNull();
    expect(newerVersion(here(null), there({ updateAvailable: false }))).toBeNull();
    expect(newerVersion(here('1.1.0'), undefined)).toBe('1.1.0');
  });
});

describe('searching', () => {
  const offers = [
    entry('clock', { displayName: 'Time Clock', isOfficial: true, category: 'productivity' }),
    entry('billing', { description: 'Bills time', category: 'finance', author: 'Ada' }),
    entry('cafe', { displayName: 'Café', category: 'finance', author: 'Zoe' }),
  ];
  const found = (query: object) =>
    search(offers, { text: '', category: '', sort: 'best', ...query }).map((o) => o.key);
  it('puts official ones first', () => expect(found({})).toEqual(['clock', 'billing', 'cafe']));
  it('counts names more than descriptions', () =>
    expect(found({ text: 'time' })).toEqual(['clock', 'billing']));
  it('wants every word', () => expect(found({ text: 'time ada' })).toEqual(['billing']));
  it('minds neither case nor accents', () => expect(found({ text: 'CAFE' })).toEqual(['cafe']));
  it('filters and sorts', () => {
    expect(found({ category: 'finance', sort: 'name' })).toEqual(['billing', 'cafe']);
    expect(found({ sort: 'author' })).toEqual(['clock', 'billing', 'cafe']);
  });
});

it('names categories that have something in them', () => {
  const offers = [entry('a', { category: 'it_ops' }), entry('b', { category: 'finance' })];
  expect(
    categoriesOf(offers, [
      { id: 'finance', name: 'Money' },
      { id: 'x', name: 'X' },
    ]),
  ).toEqual([
    { id: 'it_ops', name: 'It ops', count: 1 },
    { id: 'finance', name: 'Money', count: 1 },
  ]);
});

it('names known categories in the reader’s language, others as the catalogue does', async () => {
  const name = (id: string) =>
    categoriesOf([entry('a', { category: id })], [{ id, name: 'N' }])[0]?.name;
  expect([name('inventory'), name('drones')]).toEqual(['Inventory', 'N']);
  await setLanguage('de');
  expect([name('inventory'), name('drones')]).toEqual(['Lager', 'N']);
  const offers = [entry('a', { category: 'inventory' })];
  expect(search(offers, { text: 'lager', category: '', sort: 'best' })).toHaveLength(1);
  await setLanguage('en');
});
