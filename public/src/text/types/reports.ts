/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  title: string;
  none: string;
  noneText: string;
  toPlugins: string;
  noData: string;
  period: string;
  periods: {
    '7d': string;
    '30d': string;
    month: string;
    'last-month': string;
    year: string;
    custom: string;
  };
  from: string;
  to: string;
  faults: { days: string; order: string; length: string };
  compare: string;
  now: string;
  before: string;
  beforeValue: (values: { value: string | number }) => string;
  change: (values: { change: string | number; value: string | number }) => string;
  range: (values: { from: string | number; to: string | number }) => string;
  csv: string;
  csvOf: (values: { report: string | number }) => string;
  print: string;
  figures: string;
  noRows: string;
  cut: (values: { n: number }) => string;
  columns: { part: string; name: string; unit: string };
};
