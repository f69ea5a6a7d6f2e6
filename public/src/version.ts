/** The version that the host tells plugins; the manifest's "host" range is about this one. */
export const VERSION = '0.1.0';
