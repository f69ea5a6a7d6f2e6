/** What a route accepts in a field, as the server's tables have it (resources.ts), and what a plugin's setting accepts. */
export interface Rule {
  type:
    | 'string'
    | 'text'
    | 'integer'
    | 'decimal'
    | 'boolean'
    | 'uuid'
    | 'email'
    | 'url'
    | 'enum'
    | 'array'
    | 'object'
    | 'time'
    | 'date';
  required?: boolean;
  nullable?: boolean;
  /** Characters of a text, entries of an array, else the value. */
  min?: number;
  max?: number;
  oneOf?: readonly string[];
  /** Of the whole text. */
  pattern?: string;
  patternHelp?: string;
}

export type Rules = Readonly<Record<string, Rule>>;
