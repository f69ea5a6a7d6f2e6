/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  empty: string;
  select: (values: { name: string | number }) => string;
  selectAll: string;
  selected: (values: { n: number }) => string;
  clear: string;
  actions: string;
  nobody: string;
  noTeam: string;
  noTicket: string;
  findTicket: string;
};
