import { describe, expect, it } from 'vitest';
import { csvOf, reportRows } from './csv';
import { changeOf, reportOf, valueText, withBefore, words } from './report';

describe('reportOf', () => {
  it('reads tables, each row as long as there are columns', () => {
    const { tables } = reportOf({
      tables: [
        {
          title: 'Order',
          columns: [{ label: 'Part' }, { label: 'Stock', unit: 'pcs' }, 'Unit'],
          rows: [['Valve', 2], ['Pipe', null, 'm', 'too much'], 'no row', [{ a: 1 }]],
        },
        'no table',
      ],
    });
    expect(tables).toEqual([
      {
        title: 'Order',
        columns: [
          { label: 'Part', unit: '' },
          { label: 'Stock', unit: 'pcs' },
          { label: 'Unit', unit: '' },
        ],
        rows: [
          ['Valve', 2, null],
          ['Pipe', null, 'm'],
          [null, null, null],
        ],
        isCut: false,
      },
    ]);
    const long = reportOf({ tables: [{ columns: ['A'], rows: Array(501).fill([1]) }] });
    expect([long.tables[0]!.rows.length, long.tables[0]!.isCut]).toEqual([500, true]);
    expect(csvOf(reportRows({ ...long, tables }, null))).toContain('Order,Valve: Stock,2,pcs');
  });
  it('reads a summary object and charts of labelled values', () => {
    expect(
      reportOf({
        summary: { totalHours: 12.5, technicians: 3, nested: {} },
        charts: [{ type: 'bar', title: 'Hours', unit: 'h', data: [{ label: 'Mon', value: 2 }] }],
      }),
    ).toEqual({
      period: null,
      figures: [
        { label: 'Total hours', value: 12.5, unit: 'h' },
        { label: 'Technicians', value: 3, unit: '' },
      ],
      charts: [
        {
          title: 'Hours',
          unit: 'h',
          overTime: false,
          labels: ['Mon'],
          series: [{ name: 'Value', values: [2] }],
        },
      ],
      tables: [],
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
      figures: [{ label: 'Time', value: 4, unit: 'h' }],
      charts: [
        {
          title: 'T',
          unit: '',
          overTime: false,
          labels: ['a', 'b'],
          series: [{ name: 'Value', values: [1, 2] }],
        },
      ],
      tables: [],
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
      figures: [{ label: 'Hours', value: 1, unit: 'h' }],
      charts: [],
      tables: [],
    });
  });
  it.each([null, 7, 'x', [], { charts: 'no', summary: 3 }])('survives %j', (answer) =>
    expect(reportOf(answer)).toEqual({ period: null, figures: [], charts: [], tables: [] }),
  );
});

describe('words', () => {
  it('takes names apart', () => {
    expect(words('openEntries')).toBe('Open entries');
    expect(words('total_hours')).toBe('Total hours');
  });
});

describe('a period beside the one before', () => {
  const now = reportOf({
    summary: { hours: 3, people: 2 },
    charts: [
      {
        title: 'By name',
        data: [
          { label: 'A', value: 1 },
          { label: 'B', value: 2 },
        ],
      },
      { title: 'By day', type: 'line', data: [{ label: '2026-01-08', value: 3 }] },
    ],
  });
  const old = reportOf({
    summary: { hours: 2, people: 0 },
    charts: [
      { title: 'By day', type: 'line', data: [{ label: '2026-01-01', value: 5 }] },
      { title: 'By name', data: [{ label: 'B', value: 4 }] },
    ],
  });
  const both = withBefore(now.charts, old.charts, ['Now', 'Then']);
  it('compares names by name and days by their place', () => {
    expect(both.map((c) => c.series.map((s) => s.values))).toEqual([
      [
        [1, 2],
        [0, 4],
      ],
      [[3], [5]],
    ]);
    expect(both[0]!.series.map((s) => s.name)).toEqual(['Now', 'Then']);
  });
  it('says how figures have changed, where that says something', () => {
    expect(now.figures.map((f, i) => changeOf(f, old.figures[i]))).toEqual([0.5, null]);
    expect(now.figures.map(valueText)).toEqual(['3:00 h', '2']);
  });
  it('is a table for spreadsheets', () => {
    const lines = csvOf(reportRows({ ...now, charts: both }, old)).split('\r\n');
    expect(lines.slice(0, 4)).toEqual([
      'Part,Name,Value,Period before,Unit',
      'Summary,Hours,3,2,h',
      'Summary,People,2,0,',
      'By name,A,1,0,',
    ]);
  });
});

it('makes no formulas out of names', () =>
  expect(csvOf([['=1+1', '-2', -2, 'a "b", c', null]])).toBe('\'=1+1,\'-2,-2,"a ""b"", c",\r\n'));
