/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  needed: string;
  notNumber: string;
  atLeast: (values: { n: number }) => string;
  atMost: (values: { n: number }) => string;
  lengthLeast: (values: { n: number }) => string;
  lengthMost: (values: { n: number }) => string;
  notUrl: string;
  notEmail: string;
  noMatch: string;
  chooseOne: string;
  notListed: string;
  findZone: string;
  noOption: string;
  image: { choose: string; change: string; remove: string; unreadable: string };
};
