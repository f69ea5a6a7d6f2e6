/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  title: string;
  name: string;
  zone: string;
  zoneText: string;
  findZone: string;
  noZone: string;
  saved: string;
};
