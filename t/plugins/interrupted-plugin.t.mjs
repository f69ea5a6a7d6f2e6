#!/usr/bin/env -S node --test-reporter=tap
// The steps that bring a version into use, with the plugin's processes ended in each: see killing.mjs.
import { everyStep } from "./killing.mjs";

everyStep("plugin", ["install", "disable", "enable", "approve", "configure"]);
