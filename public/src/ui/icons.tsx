/** The app's own line icons: 16 units, one stroke, the colour of the text around. */
const PATHS = {
  tickets: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h7',
  people:
    'M6 7.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5zM2 13c.3-2.2 1.9-3.5 4-3.500s3.7 1.3 4 3.500M10.5 3.300a2.2 2.2 0 0 1 0 4M11.8 9.800c1.3.5 2 1.7 2.2 3.2',
  reports: 'M3 13V8.500M8 13V3M13 13V6',
  bell: 'M4 11.500V7a4 4 0 0 1 8 0v4.500l1 1H3zM6.75 14.250h2.5',
  send: 'M14 2 7 9M14 2 9.5 14 7 9 2 6.500z',
  settings: 'M2 4.500h6M12 4.500h2M10 2.750v3.500M2 11.500h2M8 11.500h6M6 9.750v3.5',
  plugin: 'M6 4V2.500M10 4V2.500M4 4h8v4a4 4 0 0 1-8 0zM8 12v2',
  search: 'M7 11.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 14 14',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5 6.5 12 13 4.5',
  down: 'M4 6.5 8 10.5 12 6.5',
  right: 'M6 4l4 4-4 4',
  left: 'M10 4 6 8l4 4',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  edit: 'M3 13l.6-2.700L10.5 3.400a1.3 1.3 0 0 1 1.9 0l.2.200a1.3 1.3 0 0 1 0 1.900L5.7 12.400z',
  link: 'M6.5 9.500l3-3M7.5 5l1-1a2.5 2.5 0 0 1 3.5 3.500l-1 1M8.5 11l-1 1A2.5 2.5 0 0 1 4 8.500l1-1',
  sun: 'M8 10.750a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.500zM8 1.500v1.500M8 13v1.500M1.5 8H3M13 8h1.500M3.4 3.400l1.1 1.100M11.5 11.500l1.1 1.100M12.6 3.400l-1.1 1.100M4.5 11.500l-1.1 1.1',
  moon: 'M13 9.500A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.500z',
  system: 'M2.5 3h11v7.500h-11zM6 13.500h4M8 10.500v3',
  keyboard:
    'M1.75 4h12.500v8H1.750zM4 6.500h.01M6.5 6.500h.01M9 6.500h.01M11.5 6.500h.01M5 9.500h6',
  signout: 'M6.5 2.500h-3v11h3M10 5l3 3-3 3M13 8H6.5',
  upload: 'M8 10.500V3M5 6l3-3 3 3M2.5 10.500v3h11v-3',
  download: 'M8 2.500V10M5 7l3 3 3-3M2.5 10.500v3h11v-3',
  back: 'M8.5 3 3.5 8l5 5M4 8h9',
  pause: 'M5.5 3.500v9M10.5 3.500v9',
  play: 'M5 3.200v9.600L12.5 8z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.800V8l2.2 1.500',
  warning: 'M8 2.5 14 13H2zM8 6.500v3M8 11.200v.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.500V11M8 5.200v.01',
  offline:
    'M2 2l12 12M5.5 9.500a3.8 3.8 0 0 1 2-1M10.5 9.500l.1.100M3 7a7 7 0 0 1 2.6-1.700M8 5a7 7 0 0 1 5 2M8 12.200v.01',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  shield: 'M8 2l5 1.800v4C13 11 10.8 13 8 14c-2.8-1-5-3-5-6.200v-4z',
  external: 'M9 3h4v4M13 3 7.5 8.500M11 9.500V13H3V5h3.5',
  refresh: 'M13 3v3.500H9.500M13 6.500A5.3 5.3 0 1 0 13.2 9.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
