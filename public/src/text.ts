/** Every text of the app in one place, so that it can be translated. Functions where words depend on
 * values. */

export const plural = (n: number, one: string, many: string) =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

export const T = {
  product: 'Mortise',
  loading: 'Loading',
  retry: 'Try again',
  save: 'Save',
  cancel: 'Cancel',
  close: 'Close',
  back: 'Back to the list',
  dismiss: 'Dismiss',
  skip: 'Skip to content',
  requestId: (id: string) => `Request ${id}`,

  time: {
    now: 'now',
    justNow: 'just now',
    ago: (time: string) => `${time} ago`,
    on: (day: string) => `on ${day}`,
    minutes: (n: number) => `${n} min`,
    hours: (n: number) => `${n} h`,
    days: (n: number) => `${n} d`,
  },

  crash: {
    title: 'Something went wrong',
    text: 'This view can’t be shown. A newer version may have been installed meanwhile.',
    reload: 'Reload',
  },

  signIn: {
    title: 'Sign in',
    heading: 'Sign in to Mortise',
    note: 'Tickets, people and plugins of your company.',
    expired: 'Your session has ended. Sign in to go on where you were.',
    email: 'Email',
    password: 'Password',
    submit: 'Sign in',
    wait: (s: number) => `Wait ${s} s`,
  },

  /** The password once more, before rights are given away. */
  confirm: {
    title: 'Confirm with your password',
    text: 'This gives rights away, and it is a while since you gave your password.',
    submit: 'Confirm',
  },

  system: {
    title: 'System administration',
    note: 'For system administrators. No plugin runs at this address.',
    open: 'Open system administration',
    short: 'System',
  },

  nav: {
    label: 'Main',
    tickets: 'Tickets',
    people: 'People',
    reports: 'Reports',
    notify: 'Notify',
    plugins: 'Plugins',
    roles: 'Roles',
  },

  account: {
    menu: 'Account',
    short: 'Account',
    open: (name: string) => `Account of ${name}`,
    theme: 'Theme',
    modes: { light: 'Light', dark: 'Dark', system: 'As the system' },
    desktop: {
      unsupported: 'No desktop notifications here',
      default: 'Turn on desktop notifications',
      granted: 'Desktop notifications are on',
      denied: 'Desktop notifications are blocked',
    },
    signOut: 'Sign out',
    signOutFailed: 'Signing out failed',
  },

  connection: {
    connecting: 'Connecting',
    live: 'Live',
    offline: 'Offline',
    stopped: 'Stopped',
    banner: 'No live connection. What you see may be old.',
    now: 'Try now',
  },

  keys: { title: 'Keyboard shortcuts' },

  notFound: {
    title: 'Not found',
    text: 'There is no page at this address, or it isn’t for your role.',
    back: 'To the tickets',
  },

  priority: { low: 'Low', normal: 'Normal', high: 'High', urgent: 'Urgent' },

  tickets: {
    title: 'Tickets',
    ticket: 'Ticket',
    /** The server counts to a thousand; more is "more". */
    count: (n: number) => (n > 1000 ? '1,000+' : n.toLocaleString()),
    create: 'New ticket',
    createIt: 'Create ticket',
    draftKept: 'Draft kept. New ticket opens it again.',
    draftBack: 'Here is your draft from before.',
    discardDraft: 'Discard',
    created: (n: number) => `Ticket #${n} created`,
    search: 'Search tickets',
    filters: 'Filters',
    state: 'State',
    assignee: 'Assignee',
    priority: 'Priority',
    sort: 'Sort',
    any: 'Any',
    anyone: 'Anyone',
    me: 'Me',
    meNamed: (name: string) => `${name} (me)`,
    nobody: 'Nobody',
    somebody: 'Somebody who left',
    nothing: 'Nothing',
    groups: { open: 'Open', closed: 'Closed', all: 'All' },
    sorts: { updated: 'Updated', created: 'Created', number: 'Number', priority: 'Priority' },
    heads: {
      priority: 'Priority',
      number: 'No.',
      title: 'Title',
      state: 'State',
      assignee: 'Assignee',
      time: 'Updated',
    },
    more: 'Show more',
    none: 'No tickets yet',
    noneText: 'A ticket is a piece of work: what is wrong, where, and who sees to it.',
    noMatch: 'No ticket matches',
    noMatchText: 'Take away a filter or search for something else.',
    clear: 'Clear filters',
    titleField: 'Title',
    untitled: 'Untitled',
    description: 'Description',
    noDescription: 'Add a description',
    edit: (field: string) => `Edit ${field.toLowerCase()}`,
    tabs: 'Parts of the ticket',
    tabNames: { details: 'Details', comments: 'Comments', history: 'History' },
    closeWindow: 'Close ticket',
    actions: 'More actions',
    copyLink: 'Copy link',
    linkCopied: 'Link copied',
    linkNotCopied: 'The browser did not allow copying',
    gone: 'No such ticket',
    goneText: 'It doesn’t exist, or it belongs to another company.',
    notSaved: 'Not saved',
    closedNote: 'This ticket is closed. Change its state to open it again.',
    openedBy: (name: string) => `Opened by ${name}`,
    updated: 'Updated',
    closedAt: 'Closed',
    fieldNames: {
      title: 'Title',
      description: 'Description',
      state: 'State',
      priority: 'Priority',
      assigneeId: 'Assignee',
    },
    changedLong: (field: string) => `${field} changed`,
    becomes: 'becomes',
    openedIt: 'Opened the ticket',
    noHistory: 'No changes yet',
    noHistoryText: 'Each change of state, priority, assignee or text is kept here.',
    noComments: 'No comments yet.',
    writeComment: 'Write a comment',
    comment: 'Comment',
    ctrlEnter: 'Ctrl + Enter sends',
    conflict: {
      title: 'Somebody else changed this meanwhile',
      theirs: 'Theirs',
      mine: 'Yours',
      keepMine: 'Keep mine',
      takeTheirs: 'Take theirs',
    },
  },

  people: {
    title: 'People',
    count: (n: number) => n.toLocaleString(),
    search: 'Search people',
    name: 'Name',
    email: 'Email',
    roles: 'Role',
    tickets: 'Tickets',
    open: 'Open tickets',
    ticketsOf: (name: string) => `Open tickets of ${name}`,
    online: 'Online',
    inactive: 'Inactive',
    none: 'Nobody matches',
    noneText: 'Search for part of a name, an address or a role.',
  },

  notify: {
    title: 'Notify',
    to: 'Send to',
    targets: { user: 'Person', role: 'Role', company: 'Everybody' },
    person: 'Person',
    choosePerson: 'Choose a person',
    role: 'Role',
    titleField: 'Title',
    message: 'Message',
    icon: 'Icon',
    url: 'Leads to',
    urlHelp: 'A page (/tab/Tickets), a path or an https:// address; empty: nowhere',
    send: 'Send',
    sent: (n: number) => `Sent to ${plural(n, 'person', 'people')}`,
    active: 'Active now',
    nobodyActive: 'Nobody has Mortise open.',
    connections: (n: number) => plural(n, 'connection', 'connections'),
    byCompany: 'By company',
    byRole: 'By role',
  },

  reports: {
    title: 'Reports',
    none: 'No reports yet',
    noneText: 'Reports come with plugins, for instance hours from Time Clock.',
    toPlugins: 'To the plugins',
    noData: 'Nothing to show yet.',
  },

  roles: {
    title: 'Roles',
    search: 'Search permissions',
    caption: 'Permissions by role',
    permission: 'Permission',
    core: 'Mortise',
    coreNote: 'The same in every company.',
    off: 'Switched off',
    offNote: 'The plugin is off: nobody can use these until it is enabled.',
    has: 'Yes',
    hasNot: 'No',
    toggle: (permission: string, role: string) => `${permission}: ${role}`,
    saved: (permission: string, role: string, granted: boolean) =>
      granted ? `${role} may now: ${permission}` : `${role} may no longer: ${permission}`,
    failed: (permission: string, role: string) => `“${permission}” of ${role} was not changed`,
    noMatch: 'No permission matches',
    noMatchText: 'Search for part of a permission or a plugin’s name.',
    noPlugins: 'No plugin brings permissions',
    noPluginsText: 'When an installed plugin defines its own, you give them to roles here.',
  },

  toasts: {
    region: 'Notifications',
    notification: 'Notification',
    assigned: (n: number) => `Ticket #${n} is yours`,
    assignedBy: (title: string, by: string | undefined) => (by ? `${title} · from ${by}` : title),
    pluginInstalled: (name: string) => `${name} was installed`,
    pluginEnabled: (name: string) => `${name} was enabled`,
    pluginDisabled: (name: string) => `${name} was disabled`,
    pluginUninstalled: (name: string) => `${name} was uninstalled`,
    pluginUpgraded: (name: string) => `${name} was updated`,
    pluginRolledBack: (name: string) => `${name} went back to the version before`,
    pluginQuarantined: (name: string) => `${name} failed too often and was stopped`,
  },

  plugins: {
    loading: (name: string) => `Loading ${name}`,
    failed: (name: string) => `${name} could not be shown`,
    noComponent: (name: string) => `The bundle has no component ${name}.`,
    actionsOf: (name: string) => `More actions for ${name}`,
    remove: 'Delete',
    about: 'About',
    checks: 'Checks',
    reloaded: (name: string) => `${name}’s interface was loaded again`,
    devError: (name: string) => `${name} does not build`,
    devReloaded: (name: string) => `${name} was built and loaded again`,
  },
};

/** The keyboard map as the dialog shows it. */
export type KeyGroups = readonly { title: string; keys: readonly (readonly [string, string])[] }[];

export const SYSTEM_KEYS: KeyGroups = [
  {
    title: 'Everywhere',
    keys: [
      ['?', 'This list'],
      ['g s', 'Go to plugins'],
      ['g m', 'Go to the marketplace'],
      ['g r', 'Go to rollouts'],
      ['g k', 'Go to signing keys'],
    ],
  },
];

export const KEYS: KeyGroups = [
  {
    title: 'Everywhere',
    keys: [
      ['?', 'This list'],
      ['/', 'Search'],
      ['g t', 'Go to tickets'],
      ['g p', 'Go to people'],
      ['g r', 'Go to reports'],
      ['g n', 'Go to notify'],
      ['g s', 'Go to plugins'],
      ['g o', 'Go to roles'],
    ],
  },
  {
    title: 'Tickets',
    keys: [
      ['c', 'New ticket'],
      ['j', 'Next ticket'],
      ['k', 'Ticket before'],
      ['Enter', 'Open ticket'],
      ['Esc', 'Close ticket, stop editing'],
      ['Ctrl Enter', 'Save or send what is written'],
    ],
  },
];
