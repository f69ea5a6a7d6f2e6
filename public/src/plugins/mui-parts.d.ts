declare module 'mui:parts' {
  type Loaded = Record<string, unknown>;
  /** MUI's folders by name. */
  export const parts: Record<string, () => Promise<Loaded>>;
  /** Names that don't tell which folder they are of. */
  export const others: Record<string, string>;
}
