/** Texts of the form that a plugin's settings become. */

const plural = (n: number, one: string, many: string) =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

export const F = {
  none: 'Nothing to set',
  noneText: 'This plugin works as it is.',
  loading: 'Loading settings',
  optional: 'Optional',
  requiredMark: 'required',
  notSet: 'Not set',
  defaultIs: (value: string) => `Default: ${value}`,
  yes: 'On',
  no: 'Off',
  save: 'Save',
  saved: 'Settings saved',
  unsaved: 'Unsaved changes',
  restored: 'Your unsaved changes are back. Secrets must be typed again.',
  discard: 'Discard',
  lastChange: (name: string | null) => (name ? `Changed by ${name}` : 'Changed'),
  incomplete: 'Some required settings are missing: the plugin may not work until they are set.',
  disabledNote: 'The plugin is disabled: it looks at these settings when it is enabled.',
  faults: (n: number) => `${plural(n, 'setting needs', 'settings need')} attention.`,

  needed: 'A value is needed.',
  notNumber: 'A number is needed.',
  atLeast: (n: number) => `At least ${n}.`,
  atMost: (n: number) => `At most ${n}.`,
  lengthLeast: (n: number) => `At least ${plural(n, 'character', 'characters')}.`,
  lengthMost: (n: number) => `At most ${plural(n, 'character', 'characters')}.`,
  notUrl: 'An address that starts with https:// or http:// is needed.',
  notEmail: 'An address such as name@example.com is needed.',
  noMatch: 'This isn’t in the form that is needed.',

  secretSet: 'Set',
  secretNotSet: 'Not set',
  secretHidden: 'It can be replaced, but not shown again.',
  secretNew: 'Will be set',
  secretReplaced: 'Will be replaced',
  secretRemoved: 'Will be removed',
  replace: 'Replace',
  set: 'Set',
  remove: 'Remove',
  keep: 'Keep the old one',
  undo: 'Undo',
  newValue: (label: string) => `New value of ${label}`,
  actionOf: (action: string, label: string) => `${action} ${label}`,

  generate: 'Generate a new one',
  generateTitle: (label: string) => `Generate a new ${label}?`,
  generateText:
    'The one in use stops working at once. The new one is shown here, this one time only.',
  generateFirst: 'It is made on the server and shown here, this one time only.',
  generateIt: 'Generate',
  generated: (label: string) => `New ${label}`,
  generatedNote: 'Copy it now. It will not be shown again.',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'The browser did not allow copying. Select the text and copy it.',
  done: 'Done',

  reset: 'Reset to defaults',
  resetTitle: 'Reset all settings?',
  resetText:
    'Every setting goes back to its default. Secrets are removed; generated ones are made anew.',
  resetIt: 'Reset',
  resetDone: 'Settings were reset',

  test: 'Test connection',
  testing: 'Testing',
  testGood: 'It works.',
  testBad: 'It doesn’t work.',
  tested: 'with the values as they stand here',

  conflict: 'Somebody else changed these settings meanwhile.',
  takeTheirs: 'Take theirs',
  keepMine: 'Keep mine',

  leaveTitle: 'Leave without saving?',
  leaveText: 'What you changed here is not saved.',
  leave: 'Leave',
  stay: 'Stay',

  nobody: 'Nobody',
  findPerson: 'Search people',
  gone: 'Somebody who left',
};
