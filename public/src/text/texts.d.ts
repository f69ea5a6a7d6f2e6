/** Compiled catalogues: `texts:<language>/<part>` is src/text/<language>/<part>.json. */
declare module 'texts:*' {
  const make: (calls: object) => unknown;
  export default make;
}
