// Processes of this machine, read from /proc.

import { readdirSync, readFileSync, statSync } from "node:fs";

const attempt = (read, otherwise) => {
  try {
    return read();
  } catch {
    return otherwise; // the process has ended
  }
};

/** Children of a process; none when it has ended. */
export const children = (pid) =>
  attempt(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"), "").split(" ").filter(Boolean).map(Number);

/** A field of /proc/PID/status; undefined when the process has ended. */
export const field = (pid, name) =>
  attempt(() => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

/** Has it ended, or is it a zombie? */
export const isGone = (pid) => /^[ZX]/.test(field(pid, "State") ?? "X");

/** MB of resident memory, or another field in kB; 0 when it has ended. */
export const residentMb = (pid, name = "VmRSS") => parseInt(field(pid, name) ?? 0) / 1024;

/** Bytes of temporary files that these processes have open and unlinked, as nginx does at once. */
export const unlinkedBytes = (pids) =>
  pids
    .flatMap((pid) => readdirSync(`/proc/${pid}/fd`).map((fd) => attempt(() => statSync(`/proc/${pid}/fd/${fd}`))))
    .reduce((sum, at) => (at?.isFile() && at.nlink === 0 ? sum + at.size : sum), 0);
