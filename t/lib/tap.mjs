// A reporter for node:test that prints plain TAP: one line a test, and what went wrong as comments.
// Node's own writes stack traces as YAML that prove can't read, and hides the failure behind that.

export default async function* tap(events) {
  let n = 0;
  for await (const { type, data } of events) {
    if (type === "test:pass" || type === "test:fail") {
      n += 1;
      const failed = type === "test:fail" && data.todo === undefined;
      const name = "  ".repeat(data.nesting) + data.name.replaceAll("#", "\\#");
      const skip = data.skip === undefined ? "" : ` # SKIP ${data.skip === true ? "" : data.skip}`;
      yield `${failed ? "not ok" : "ok"} ${n} - ${name}${skip}\n`;
      if (failed) {
        // Node wraps what a test throws in an error of its own.
        yield comment(story(data.details?.error?.cause ?? data.details?.error));
      }
    } else if (type === "test:diagnostic" && !SUMMARY.test(data.message)) {
      yield comment(data.message);
    }
  }
  yield `1..${n}\n`;
}

/** What node counts at the end of a file, which prove counts itself. */
const SUMMARY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** What went wrong, and what that came from. */
const story = (error) =>
  `${error?.stack ?? error}${error?.cause === undefined ? "" : `\ncaused by ${story(error.cause)}`}`;

const comment = (text) =>
  String(text)
    .split("\n")
    .map((line) => `#   ${line}\n`)
    .join("");
