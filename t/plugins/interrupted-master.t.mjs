#!/usr/bin/env -S node --test-reporter=tap
// A plugin comes and goes, with the master ended at every step: see killing.mjs.
import { everyStep } from "./killing.mjs";

everyStep("master", ["install", "disable", "enable", "approve", "configure"]);
