#!/usr/bin/env -S node --test-reporter=tap
// A plugin comes and goes, with the worker ended at every step: see killing.mjs.
import { everyStep } from "./killing.mjs";

everyStep("admin", ["install", "disable", "enable", "approve", "configure"]);
