/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  apps: string;
  crumbs: string;
  off: (values: { name: string | number }) => string;
  offText: string;
  closed: string;
  closedText: string;
  none: string;
  noneText: string;
  pageEmpty: string;
  pageEmptyText: string;
};
