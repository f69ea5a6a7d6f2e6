/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  title: string;
  arrange: string;
  done: string;
  add: string;
  reset: string;
  mine: string;
  states: string;
  unassigned: string;
  recent: string;
  noneMine: string;
  noneUnassigned: string;
  noneRecent: string;
  all: (values: { count: string | number }) => string;
  more: (values: { n: number }) => string;
  sizes: { small: string; wide: string };
  sizeOf: (values: { title: string | number }) => string;
  earlier: (values: { title: string | number }) => string;
  later: (values: { title: string | number }) => string;
  remove: (values: { title: string | number }) => string;
  notSaved: string;
  none: string;
  noneText: string;
};
