#!/usr/bin/env -S node --test-reporter=tap
// A plugin changes its version or leaves, with the master ended at every step: see killing.mjs.
import { everyStep } from "./killing.mjs";

everyStep("master", ["upgrade", "rollback", "uninstall", "export", "contract"]);
