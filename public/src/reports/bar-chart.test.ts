import { expect, it } from 'vitest';
import { niceCeiling } from './bar-chart';

it.each([
  [0, 1],
  [0.07, 0.08],
  [1, 1],
  [5.1, 6],
  [42, 50],
  [999, 1000],
])('the axis for %d ends at %d', (value, top) => expect(niceCeiling(value)).toBeCloseTo(top));
