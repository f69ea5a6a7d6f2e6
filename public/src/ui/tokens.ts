/**
 * The colours, once: the build writes them into styles/theme.css as --mt-<name> (scripts/styles.ts), ui/theme.ts gives
 * them to MUI.
 */
interface Colours {
  ground: string;
  raised: string;
  rail: string;
  text: string;
  soft: string;
  line: string;
  'line-strong': string;
  accent: string;
  'on-accent': string;
  'accent-strong': string;
  good: string;
  warn: string;
  bad: string;
  'bad-strong': string;
  hover: string;
  chosen: string;
  grey: string;
  /** In a chart: what it was in the period before. */
  before: string;
  shadow: string;
}

export const light: Colours = {
  ground: '#ffffff',
  raised: '#ffffff',
  rail: '#f7f7f9',
  text: '#1c1d21',
  soft: '#5f636b',
  line: '#e7e7eb',
  'line-strong': '#d9dae0',
  accent: '#4654cc',
  'on-accent': '#ffffff',
  'accent-strong': '#313a8e',
  good: '#1f7a46',
  warn: '#985900',
  bad: '#c0362c',
  'bad-strong': '#86251e',
  hover: '#f4f4f7',
  chosen: '#eceefb',
  grey: '#ededf1',
  before: '#a9adb8',
  shadow: '0 8px 24px rgb(20 22 40 / 14%), 0 1px 3px rgb(20 22 40 / 8%)',
};

export const dark: Colours = {
  ground: '#141518',
  raised: '#1c1d21',
  rail: '#0f1012',
  text: '#e6e7ea',
  soft: '#9a9ea7',
  line: '#2a2c31',
  'line-strong': '#383b42',
  accent: '#929df5',
  'on-accent': '#11131f',
  'accent-strong': '#a7b0f7',
  good: '#6cc28f',
  warn: '#e0b04c',
  bad: '#f1837a',
  'bad-strong': '#f5a9a2',
  hover: '#1b1c20',
  chosen: '#23263a',
  grey: '#24262b',
  before: '#5c6069',
  shadow: '0 8px 24px rgb(0 0 0 / 50%), 0 1px 3px rgb(0 0 0 / 40%)',
};

/** Who has forced colours sees theirs; marks that are a filled shape keep their fill by them. */
export const forced: Partial<Colours> = {
  accent: 'LinkText',
  'on-accent': 'Canvas',
  line: 'GrayText',
  'line-strong': 'CanvasText',
  good: 'CanvasText',
  bad: 'CanvasText',
  chosen: 'Canvas',
  before: 'GrayText',
};
