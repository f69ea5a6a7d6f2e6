import { describe, expect, it } from 'vitest';
import { RENDER_TYPES, renderTypeOf } from './slots';

describe('renderTypeOf', () => {
  it('knows all eight', () => {
    expect(RENDER_TYPES.map(renderTypeOf)).toEqual([...RENDER_TYPES]);
  });
  it('takes the other spelling of menuitem', () => {
    expect(renderTypeOf('menu-item')).toBe('menuitem');
  });
  it('draws what it does not know in line', () => {
    expect(renderTypeOf('hologram')).toBe('inline');
  });
});
