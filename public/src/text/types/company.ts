/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  title: string;
  name: string;
  zone: string;
  zoneText: string;
  findZone: string;
  noZone: string;
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
};
