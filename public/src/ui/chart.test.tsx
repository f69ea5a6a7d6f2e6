// @vitest-environment jsdom
import { cleanup, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { Chart, type ChartData } from './chart';

// jsdom lays nothing out: the drawing is looked at in a browser.
vi.mock('./chart-drawing', () => ({ default: () => <div data-testid="drawing" /> }));
vi.mock('./themed', () => ({ default: ({ children }: { children: React.ReactNode }) => children }));
afterEach(cleanup);

const CHART: ChartData = {
  title: 'Hours by day',
  unit: 'h',
  overTime: true,
  labels: ['2026-01-01', '2026-01-02'],
  series: [
    { name: 'This period', values: [1.5, 0.25] },
    { name: 'Period before', values: [2, null] },
  ],
};

it('has a table beside the drawing, with names, days and units', async () => {
  render(<Chart chart={CHART} />);
  await screen.findByTestId('drawing');
  const table = screen.getByRole('table', { name: 'Hours by day' });
  const rows = within(table)
    .getAllByRole('row')
    .map((r) => [...r.children].map((c) => c.textContent));
  expect(rows).toEqual([
    ['Day', 'This period', 'Period before'],
    ['Thu, Jan 1, 2026', '1:30 h', '2:00 h'],
    ['Fri, Jan 2, 2026', '0:15 h', '–'],
  ]);
});

it('shows the table instead of the drawing on request, by key', async () => {
  render(<Chart chart={CHART} />);
  await screen.findByTestId('drawing');
  const user = userEvent.setup();
  const button = screen.getByRole('button', { name: 'Table: Hours by day' });
  await user.tab();
  expect(document.activeElement).toBe(button);
  await user.keyboard('{Enter}');
  expect(button.getAttribute('aria-pressed')).toBe('true');
  expect(screen.queryByTestId('drawing')).toBeNull();
  await user.keyboard(' ');
  await screen.findByTestId('drawing');
});

it('sorts the table that is shown, what is unknown last', async () => {
  render(<Chart chart={CHART} />);
  const user = userEvent.setup();
  expect(screen.queryByRole('button', { name: 'Day' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Table: Hours by day' }));
  const days = () => screen.getAllByRole('rowheader').map((h) => h.textContent?.slice(5, 10));
  await user.click(screen.getByRole('button', { name: 'This period' }));
  expect(days()).toEqual(['Jan 2', 'Jan 1']);
  await user.click(screen.getByRole('button', { name: 'Period before' }));
  expect(days()).toEqual(['Jan 1', 'Jan 2']);
  await user.click(screen.getByRole('button', { name: 'Day' }));
  await user.click(screen.getByRole('button', { name: 'Day' }));
  expect(days()).toEqual(['Jan 2', 'Jan 1']);
});

it('says that there is nothing to draw', () => {
  render(<Chart chart={{ ...CHART, labels: [], series: [] }} />);
  expect(screen.getByRole('figure', { name: 'Hours by day' }).textContent).toMatch(/Nothing/);
  expect(screen.queryByRole('button')).toBeNull();
});
