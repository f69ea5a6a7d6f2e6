/** A plugin's settings as the server describes them: `settings` of its manifest, and their values. */

export type SettingType =
  | 'text'
  | 'number'
  | 'boolean'
  | 'select'
  | 'multi-select'
  | 'url'
  | 'email'
  | 'textarea'
  | 'secret'
  | 'generated-secret'
  | 'user'
  | 'role';

export interface Setting {
  key: string;
  label: string;
  type: SettingType;
  help?: string;
  placeholder?: string;
  required?: boolean;
  default?: unknown;
  pattern?: string;
  patternHelp?: string;
  min?: number;
  max?: number;
  options?: { value: string; label: string }[];
  length?: number;
}

/** Of a secret only whether there is one is known. */
export type SettingValue = string | number | boolean | string[] | { set: boolean } | null;

export interface Configuration {
  schema: Setting[];
  values: Record<string, SettingValue>;
  version: number;
  /** Every required setting has a value. */
  configured: boolean;
  /** The plugin can try its connection now. */
  testable: boolean;
  changedAt?: string | null;
  changedBy?: string | null;
  /** What the plugin answered when it was notified, after a PUT. */
  message?: string;
}

/** What a PUT sends: a secret that isn't in it stays, null takes it away. */
export type SentValues = Record<string, string | number | boolean | string[] | null>;

export interface TestResult {
  success: boolean;
  message: string;
  testedAt?: string;
}

export interface Person {
  id: string;
  name: string;
  active: boolean;
}
