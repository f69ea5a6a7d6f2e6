/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  menu: string;
  own: string;
  theme: string;
  modes: { light: string; dark: string; system: string };
  language: string;
  desktop: { unsupported: string; default: string; granted: string; denied: string };
  signOut: string;
  signOutFailed: string;
};
