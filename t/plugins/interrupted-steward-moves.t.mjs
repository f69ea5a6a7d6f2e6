#!/usr/bin/env -S node --test-reporter=tap
// A plugin changes its version or leaves, with the steward ended at every step: see killing.mjs.
import { everyStep } from "./killing.mjs";

everyStep("steward", ["upgrade", "rollback", "uninstall", "export", "contract"]);
