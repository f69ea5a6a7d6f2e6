/** Permissions by their names: one that ends with `:own` reaches own tickets only, and is implied by the one without. */
export const OWN = ':own';

/** A person's permissions, without those for own tickets where they have all. */
export const withoutImplied = <P extends { name: string }>(all: readonly P[]): P[] =>
  all.filter(
    (p) => !p.name.endsWith(OWN) || !all.some((x) => x.name === p.name.slice(0, -OWN.length)),
  );
