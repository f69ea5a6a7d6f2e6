import { afterEach, expect, test, vi } from 'vitest';
import { removeForeignWorkers } from './workers';

afterEach(() => vi.unstubAllGlobals());

test('every service worker of this origin goes', async () => {
  const planted = [vi.fn(() => Promise.resolve(true)), vi.fn(() => Promise.resolve(true))];
  vi.stubGlobal('navigator', {
    serviceWorker: {
      getRegistrations: () => Promise.resolve(planted.map((unregister) => ({ unregister }))),
    },
  });
  await removeForeignWorkers();
  for (const unregister of planted) expect(unregister).toHaveBeenCalledOnce();
});

test('a browser without them is no fault', async () => {
  vi.stubGlobal('navigator', {});
  await removeForeignWorkers();
  vi.stubGlobal('navigator', {
    serviceWorker: { getRegistrations: () => Promise.reject(new Error('switched off')) },
  });
  await removeForeignWorkers();
});
