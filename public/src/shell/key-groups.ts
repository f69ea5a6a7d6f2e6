/** The keyboard map of a company's pages. */
import { texts } from '../text';
import { keyTexts } from '../text/keys';
import type { KeyGroup } from './keys-dialog';
import { paletteKeys } from './search';

/** What the map of keys says of a page, by the page's key. */
const goTo = (): Readonly<Record<string, string>> => ({
  'g t': keyTexts.goTickets,
  'g d': keyTexts.goDashboard,
  'g i': keyTexts.goInbox,
  'g p': keyTexts.goPeople,
  'g r': keyTexts.goReports,
  'g n': keyTexts.goNotify,
  'g s': keyTexts.goPlugins,
  'g o': keyTexts.goRoles,
  'g a': keyTexts.goAudit,
});

/** With these pages, which are those that the person may see. */
export const keyGroups = (pages: readonly { key?: string }[]): KeyGroup[] => [
  {
    title: keyTexts.everywhere,
    keys: [
      ['?', keyTexts.list],
      [paletteKeys(), texts.keys.palette],
      ['/', texts.keys.search],
      ...Object.entries(goTo()).filter(([key]) => pages.some((page) => page.key === key)),
    ],
  },
  {
    title: keyTexts.tickets,
    keys: [
      ['c', keyTexts.create],
      ['x', keyTexts.select],
      ['j', keyTexts.next],
      ['k', keyTexts.previous],
      ['Enter', keyTexts.open],
      ['Esc', keyTexts.close],
      ['Ctrl Enter', keyTexts.send],
    ],
  },
];

/** Of the system administration. */
export const systemKeyGroups = (): KeyGroup[] => [
  {
    title: keyTexts.everywhere,
    keys: [
      ['?', keyTexts.list],
      ['g s', keyTexts.goPlugins],
      ['g m', keyTexts.goMarket],
      ['g r', keyTexts.goRollouts],
      ['g c', keyTexts.goCompanies],
      ['g e', keyTexts.goMail],
      ['g k', keyTexts.goKeys],
      ['g a', keyTexts.goAudit],
    ],
  },
];
