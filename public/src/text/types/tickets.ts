/** Made by `npm run texts` out of the English messages. */
export type Texts = {
  stream: {
    earlier: string;
    title: string;
    show: string;
    all: string;
    comments: string;
    changes: string;
    none: string;
    opened: string;
    deactivated: string;
    removed: string;
    fileAdded: (values: { name: string | number }) => string;
    fileDeleted: (values: { name: string | number }) => string;
  };
  files: {
    title: string;
    add: string;
    photo: string;
    none: string;
    noneDrop: string;
    download: (values: { name: string | number }) => string;
    downloadShort: string;
    delete: (values: { name: string | number }) => string;
    deleteShort: string;
    deleteTitle: (values: { name: string | number }) => string;
    deleteText: string;
    waiting: string;
    storing: string;
    sending: (values: { name: string | number }) => string;
    cancel: (values: { name: string | number }) => string;
    dismiss: (values: { name: string | number }) => string;
    dismissShort: string;
  };
  mention: { hint: string; list: string; found: (values: { n: number }) => string };
  bulk: {
    selected: (values: { n: number }) => string;
    bar: string;
    clear: string;
    changing: (values: { n: number }) => string;
    changed: (values: { n: number }) => string;
    undone: (values: { n: number }) => string;
    unchanged: (values: { n: number }) => string;
    notUndone: (values: { n: number }) => string;
    undo: string;
  };
  custom: {
    edit: string;
    yes: string;
    no: string;
    unset: string;
    filter: string;
    filterTitle: string;
    from: (values: { field: string | number }) => string;
    to: (values: { field: string | number }) => string;
    apply: string;
    contains: string;
    range: (values: { from: string | number; to: string | number }) => string;
    least: (values: { from: string | number }) => string;
    most: (values: { to: string | number }) => string;
    any: string;
  };
};
