/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  title: string;
  placeholder: string;
  results: string;
  groups: { tickets: string; people: string; pages: string; actions: string };
  count: (values: { n: number }) => string;
  none: (values: { typed: string | number }) => string;
};
