import { expect, test } from 'vitest';
import { framesOf } from './dev-faults';

const BUNDLE = '/plugin-assets/00ff/ui/bundle.iife.js';

test('a stack’s lines in the bundle are kept, as Chromium and Firefox write them', () => {
  const stack = [
    'Error: boom',
    `    at PartsTab (http://127.0.0.1:8080${BUNDLE}:12:34)`,
    '    at Ke (http://127.0.0.1:8080/assets/react-1a2b.js:1:2)',
    `    at http://127.0.0.1:8080${BUNDLE}:5:6`,
    `PartsTab@http://127.0.0.1:8080${BUNDLE}:7:8`,
    '    at Other (http://127.0.0.1:8080/plugin-assets/11ee/ui/bundle.iife.js:9:9)',
  ].join('\n');
  expect(framesOf(stack, BUNDLE)).toEqual(['PartsTab 12:34', '(anonymous) 5:6', 'PartsTab 7:8']);
  expect(framesOf('Error: boom', BUNDLE)).toEqual([]);
});
