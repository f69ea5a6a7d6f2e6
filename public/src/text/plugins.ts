/** Texts of plugin administration. They come with its pages and not with the first one. */

const plural = (n: number, one: string, many: string) =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

const bytes = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export function fileSize(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${bytes.format(n / 1024)} kB`;
  if (n < 1024 ** 3) return `${bytes.format(n / 1024 / 1024)} MB`;
  return `${bytes.format(n / 1024 ** 3)} GB`;
}

const days = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' });

/** A day to come: `<Time>` tells of the past. */
export const dayOf = (iso: string): string => days.format(new Date(iso));

const list = new Intl.ListFormat(undefined, { type: 'conjunction' });

export const P = {
  title: 'Plugins',
  tabs: { label: 'Plugins', market: 'Marketplace', mine: 'My plugins' },
  search: 'Search plugins',
  category: 'Category',
  allCategories: 'All',
  sort: 'Sort',
  sorts: { best: 'Recommended', name: 'Name', author: 'Author' },
  state: 'State',
  states: {
    all: 'Any',
    enabled: 'Enabled',
    disabled: 'Disabled',
    updates: 'Update available',
    trouble: 'Needs attention',
  },
  sortsMine: { name: 'Name', recent: 'Installed', attention: 'Needs attention' },
  stateNames: {
    installing: 'Installing',
    enabled: 'Enabled',
    disabled: 'Disabled',
    removing: 'Removing',
  } as Record<string, string>,
  quarantined: 'Stopped',
  quarantineReason: (why: string) => `Stopped: ${why}. Enable it to try again.`,
  needsSettings: 'Needs settings',
  notTrusted: 'Not trusted',
  since: 'installed',
  waiting: 'Waiting for approval',
  official: 'Official',
  by: (author: string) => `by ${author}`,
  version: (v: string) => `Version ${v}`,
  update: (v: string) => `Update to ${v}`,
  updateTo: (name: string, v: string) => `Update ${name} to ${v}`,
  updates: (n: number) => `${plural(n, 'update', 'updates')} available`,
  incompatible: 'Doesn’t fit this Mortise',
  install: 'Install',
  installNamed: (name: string) => `Install ${name}`,
  manage: 'Manage',
  manageNamed: (name: string) => `Manage ${name}`,
  review: 'Review',
  reviewNamed: (name: string) => `Review ${name}`,
  results: (n: number) => `${plural(n, 'plugin', 'plugins')} found`,
  noMatch: 'No plugin matches',
  noMatchText: 'Remove a filter or search for something else.',
  clear: 'Clear filters',
  noneInMarket: 'The marketplace is empty',
  noneInMarketText: 'A system administrator sets where plugins come from, or uploads packages.',
  noneMine: 'No plugins yet',
  noneMineText:
    'Plugins add tabs, reports and work of their own to Mortise. They take seconds to install and leave nothing behind.',
  browse: 'Browse the marketplace',
  age: {
    of: 'Updated',
    refresh: 'Refresh',
    refreshing: 'Refreshing',
    stale:
      'The marketplace can’t be reached. This is the last list that was fetched; what is on this server can be installed.',
    failed: 'The list could not be refreshed',
  },
  updated: 'The list is up to date',

  trust: {
    names: {
      core: 'Built in',
      signed: 'Signed',
      unsigned: 'Unsigned',
      modified: 'Modified',
      invalid: 'Invalid signature',
    } as Record<string, string>,
    texts: {
      core: 'It comes with Mortise.',
      signed: 'Its signature is by a key that this server trusts.',
      unsigned: 'Nobody has signed it. Install it only if you know where it comes from.',
      modified: 'It is not what its author signed. Somebody changed it.',
      invalid: 'Its signature doesn’t hold, or is by a key that is no longer trusted.',
    } as Record<string, string>,
    by: (key: string) => `Signed by ${key}, whom this server trusts.`,
    refused: 'This server’s policy doesn’t let it run.',
  },

  unserved: 'This version of Mortise doesn’t serve it: it gives the plugin nothing.',
  consent: {
    asks: 'It will be able to',
    asksNew: 'New in this version: it will be able to',
    nothing: 'It asks for no access to your data.',
    nothingNew: 'It asks for nothing beyond what was allowed before.',
    defines: 'New permissions for your people',
    definesText: 'You can change who has them under Roles.',
    rolesOf: (roles: readonly string[]) =>
      roles.length ? `Granted to ${list.format(roles)}` : 'Granted to nobody yet',
    imports: 'System functions outside of the plugin interface',
    importsText: 'Ordinary plugins need none of these. They run in a sandbox all the same.',
    importsForbidden: 'Forbidden functions: it can’t be installed',
    interface: 'In the browser',
    interfaceText:
      'Its interface runs in the browser of each person who opens it, as that person: it can do what that person can do in this company.',
    scope: 'It runs on the server for everybody in your company.',
    needsApproval:
      'A system administrator has to approve this version before it can be installed here.',
  },

  installTitle: (name: string) => `Install ${name}`,
  upgradeTitle: (name: string) => `Update ${name}`,
  stepsLabel: 'Steps',
  steps: { review: 'Permissions', work: 'Install', done: 'Done' },
  stepsUpgrade: { review: 'Permissions', work: 'Update', done: 'Done' },
  fetching: (name: string) => `Fetching ${name}`,
  amountOf: (got: number, of: number) => `${fileSize(got)} of ${fileSize(of)}`,
  allowInstall: 'Allow and install',
  allowUpgrade: 'Allow and update',
  upgrade: 'Update',
  fromTo: (from: string, to: string) => `${from} → ${to}`,
  background: 'Go on in the background',
  cancelStep: 'Cancel',
  cancelling: 'Cancelling',
  starting: 'Starting',
  stepOf: (n: number, of: number) => `Step ${n} of ${of}`,
  ops: {
    install: 'Installing',
    upgrade: 'Updating',
    rollback: 'Rolling back',
    enable: 'Enabling',
    disable: 'Disabling',
    uninstall: 'Uninstalling',
    configure: 'Configuring',
    approve: 'Approving',
    contract: 'Finishing',
    finish: 'Finishing',
  } as Record<string, string>,
  installedDone: (name: string, v: string) => `${name} ${v} is installed.`,
  upgradedDone: (name: string, v: string) => `${name} ${v} is running.`,
  openSettings: 'Open settings',
  settingsNeeded: 'It needs a few settings before it can work.',

  limit: (minutes: number) =>
    `Too many installations from this address. Try again in ${plural(minutes, 'minute', 'minutes')}.`,

  upload: {
    open: 'Upload a package',
    title: 'Upload a package',
    steps: { file: 'File', checks: 'Checks', review: 'Permissions', done: 'Approved' },
    drop: 'Drop a plugin package (.zip) here, with its signature (.minisig) if there is one',
    choose: 'Choose files',
    noZip: 'A package is a .zip file.',
    sending: (name: string) => `Sending ${name}`,
    checking: (name: string) => `Checking ${name}`,
    faults: (n: number) => plural(n, 'fault', 'faults'),
    refused: (name: string) => `${name} was not accepted`,
    again: 'Choose another file',
    known: 'This very package is here already.',
    passed: 'All checks passed',
    later: 'Decide later',
    approveLong: 'Approve for all companies',
    approved: (name: string, v: string) => `${name} ${v} can be installed now.`,
    waitingTitle: 'Waiting for approval',
    checkNames: {
      archive: 'Archive',
      manifest: 'Manifest',
      files: 'Files and their hashes',
      library: 'Library',
      imports: 'System functions',
      signature: 'Signature',
      migrations: 'Migrations',
      'trial load': 'Trial load in a sandbox',
    } as Record<string, string>,
    checkStates: {
      waiting: 'waiting',
      running: 'under way',
      ok: 'passed',
      failed: 'failed',
      skipped: 'not made',
    },
    withSignature: (name: string) => `with ${name}`,
  },

  uninstall: {
    title: (name: string) => `Uninstall ${name}`,
    text: 'Everyone in your company stops seeing it.',
    rows: (n: number) => `It stores ${plural(n, 'row', 'rows')} of your company’s data.`,
    data: 'What happens to its data',
    noRows: 'It stores no data of your company.',
    delete: 'Delete for good',
    deleteText: 'You can’t get it back.',
    export: 'Export and delete',
    exportText: 'You get a ZIP of JSON Lines to download. It stays here for a few days.',
    type: (name: string) => `Type “${name}” to confirm`,
    confirm: 'Uninstall',
    exported: 'Its data was exported',
    exportedText: (size: string) => `${size}. Download it before it is deleted.`,
    download: 'Download',
    until: 'Kept until',
  },

  exports: {
    title: 'Exported data',
    download: (key: string) => `Download the data of ${key}`,
    remove: (key: string) => `Delete the exported data of ${key}`,
    removeTitle: (key: string) => `Delete the exported data of ${key}?`,
    removeText: 'It can’t be brought back.',
  },

  enable: 'Enable',
  disable: 'Disable',
  rollback: 'Roll back',
  rollbackTo: (v: string) => `Roll back to ${v}`,
  rollbackTitle: (name: string, v: string) => `Roll ${name} back to ${v}?`,
  rollbackText: 'The code changes at once. No row is lost: all versions share one set of tables.',
  moreActions: (name: string) => `More actions for ${name}`,
  switchNamed: (name: string) => `${name} is enabled`,
  reload: 'Reload its interface',
  failed: {
    enable: (name: string) => `${name} could not be enabled`,
    disable: (name: string) => `${name} could not be disabled`,
    rollback: (name: string) => `${name} could not be rolled back`,
  },
  files: (n: number) => plural(n, 'file', 'files'),
};
