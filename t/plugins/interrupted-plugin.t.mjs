#!/usr/bin/env -S node --test-reporter=tap
// Every step of a plugin's life, with the plugin's processes ended in it: see killing.mjs.
import { everyStep } from "./killing.mjs";

everyStep("plugin");
