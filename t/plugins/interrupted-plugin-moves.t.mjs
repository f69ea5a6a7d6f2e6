#!/usr/bin/env -S node --test-reporter=tap
// The steps that change or remove what is installed, with the plugin's processes ended in each: see
// killing.mjs.
import { everyStep } from "./killing.mjs";

everyStep("plugin", ["upgrade", "rollback", "uninstall", "export", "contract"]);
