/** The whole MUI namespace: only ever imported lazily, see globals.ts. */
export * as MUI from '@mui/material';
