/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  title: string;
  compose: string;
  to: string;
  targets: { user: string; role: string; team: string; company: string };
  person: string;
  choosePerson: string;
  role: string;
  team: string;
  chooseTeam: string;
  titleField: string;
  message: string;
  icon: string;
  noIcon: string;
  opens: string;
  pages: {
    nothing: string;
    tickets: string;
    inbox: string;
    people: string;
    reports: string;
    other: string;
  };
  url: string;
  urlHelp: string;
  preview: string;
  previewTitle: string;
  send: string;
  sent: (values: { n: number }) => string;
  sentText: string;
  active: string;
  nobodyActive: string;
  connections: (values: { n: number }) => string;
  byCompany: string;
  byRole: string;
};
