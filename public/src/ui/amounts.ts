/** Sizes, shares and days to come, in the person's locale. */
import { formatDate, formatNumber } from '../text';
import { quantity } from './quantity';

export const fileSize = (bytes: number): string => quantity(bytes, 'bytes');

/** 0 to 1. */
export const formatShare = (share: number): string => formatNumber(share, { style: 'percent' });

/** A day to come: `<Time>` is about the past. */
export const dayOf = (iso: string): string =>
  formatDate(new Date(iso), { day: 'numeric', month: 'long' });
