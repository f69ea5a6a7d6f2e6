/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  everywhere: string;
  tickets: string;
  list: string;
  goTickets: string;
  goDashboard: string;
  goInbox: string;
  goPeople: string;
  goReports: string;
  goNotify: string;
  goPlugins: string;
  goAudit: string;
  goRoles: string;
  goMarket: string;
  goRollouts: string;
  goCompanies: string;
  goKeys: string;
  create: string;
  next: string;
  previous: string;
  select: string;
  open: string;
  close: string;
  send: string;
  goMail: string;
};
