/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  title: string;
  name: string;
  zone: string;
  zoneText: string;
  saved: string;
  exports: {
    title: string;
    text: string;
    make: string;
    running: string;
    waiting: string;
    by: (values: { name: string | number }) => string;
    kept: (values: { size: string | number; day: string | number }) => string;
    download: string;
    remove: string;
    failed: string;
  };
  notificationDays: string;
  notificationDaysText: string;
  general: string;
  code: string;
  codeText: string;
  locale: string;
  localeText: string;
  localeNone: string;
  currency: string;
  address: string;
  street: string;
  postalCode: string;
  city: string;
  country: string;
  contact: string;
  phone: string;
  email: string;
  website: string;
  taxNumber: string;
  none: string;
  hours: {
    title: string;
    text: string;
    closed: string;
    from: (values: { day: string | number }) => string;
    to: (values: { day: string | number }) => string;
    add: string;
    addTo: (values: { day: string | number }) => string;
    remove: (values: {
      from: string | number;
      to: string | number;
      day: string | number;
    }) => string;
    copy: string;
    copyFrom: (values: { day: string | number }) => string;
    missing: (values: { day: string | number }) => string;
    order: (values: { day: string | number }) => string;
    overlap: (values: { day: string | number }) => string;
  };
  holidays: {
    title: string;
    text: string;
    date: string;
    name: string;
    yearly: string;
    add: string;
    remove: (values: { name: string | number }) => string;
    none: string;
    unnamed: string;
    missing: string;
    twice: (values: { day: string | number }) => string;
  };
  conflict: string;
  showSaved: string;
  logo: string;
  limits: {
    title: string;
    people: string;
    storageMb: string;
    plugins: string;
    used: {
      people: (values: { used: string | number; most: string | number }) => string;
      storageMb: (values: { used: string | number; most: string | number }) => string;
      plugins: (values: { used: string | number; most: string | number }) => string;
    };
    megabytes: (values: { n: string | number }) => string;
    text: string;
  };
};
