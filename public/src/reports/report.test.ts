import { describe, expect, it } from 'vitest';
import { reportOf, words } from './report';

describe('reportOf', () => {
  it('reads a summary object and charts of labelled values', () => {
    expect(
      reportOf({
        summary: { totalHours: 12.5, technicians: 3, nested: {} },
        charts: [{ type: 'bar', title: 'Hours', unit: 'h', data: [{ label: 'Mon', value: 2 }] }],
      }),
    ).toEqual({
      period: null,
      figures: [
        { label: 'Total hours', value: '12.5' },
        { label: 'Technicians', value: '3' },
      ],
      charts: [{ title: 'Hours', unit: 'h', overTime: false, bars: [{ label: 'Mon', value: 2 }] }],
    });
  });
  it('reads a summary list and charts of labels and values', () => {
    expect(
      reportOf({
        summary: [{ label: 'Time', value: 4, unit: 'h' }],
        charts: [{ title: 'T', labels: ['a', 'b'], values: [1, '2'] }],
      }),
    ).toEqual({
      period: null,
      figures: [{ label: 'Time', value: '4 h' }],
      charts: [
        {
          title: 'T',
          unit: '',
          overTime: false,
          bars: [
            { label: 'a', value: 1 },
            { label: 'b', value: 2 },
          ],
        },
      ],
    });
  });
  it('knows what runs over time', () => {
    const data = ['2026-01-01', '2026-01-02'].map((label) => ({ label, value: 1 }));
    const { charts } = reportOf({ charts: [{ data }, { type: 'line', data: [] }, { data: [] }] });
    expect(charts.map((c) => c.overTime)).toEqual([true, true, false]);
  });
  it('takes the days of the summary apart', () => {
    expect(reportOf({ summary: { from: '2026-01-01', to: '2026-01-31', hours: 1 } })).toEqual({
      period: ['2026-01-01', '2026-01-31'],
      figures: [{ label: 'Hours', value: '1' }],
      charts: [],
    });
  });
  it.each([null, 7, 'x', [], { charts: 'no', summary: 3 }])('survives %j', (answer) =>
    expect(reportOf(answer)).toEqual({ period: null, figures: [], charts: [] }),
  );
});

describe('words', () => {
  it('takes names apart', () => {
    expect(words('openEntries')).toBe('Open entries');
    expect(words('total_hours')).toBe('Total hours');
  });
});
