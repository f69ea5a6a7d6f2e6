/** The table of slots (fcgi/package/slots.c) against the places that the app's sources have. What a component
 * gets in each is compared in the running app: t/browser/slots.t.mjs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SLOT_RENDER_TYPES, type SlotId } from '../../sdk/src/slots';

const SRC = join(__dirname, '..');
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.tsx') && !f.includes('.test.'))
  .map((f) => readFileSync(join(SRC, f), 'utf8'));

/** Every <PluginSlot>: which slot, and the one render type that it draws, if it says one. */
const drawn = sources.flatMap((text) =>
  [...text.matchAll(/<PluginSlot\s([^>]*?)\/>/gs)].map(([, attributes = '']) => ({
    id: /\bid="([^"]+)"/.exec(attributes)?.[1],
    renderType: /\brenderType="([^"]+)"/.exec(attributes)?.[1],
  })),
);

describe('the table of slots', () => {
  it('has every place of the app, and no other', () => {
    expect(drawn.length).toBeGreaterThanOrEqual(5);
    expect([...new Set(drawn.map((d) => d.id))].sort()).toEqual(
      Object.keys(SLOT_RENDER_TYPES).sort(),
    );
  });

  it.each(Object.keys(SLOT_RENDER_TYPES) as SlotId[])('says how %s shows components', (id) => {
    const places = drawn.filter((d) => d.id === id);
    if (places.some((p) => !p.renderType)) return; // it draws any
    expect(places.map((p) => p.renderType).sort()).toEqual([...SLOT_RENDER_TYPES[id]].sort());
  });
});
