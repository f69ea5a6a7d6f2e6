#!/usr/bin/env -S node --test-reporter=tap
// Every step of a plugin's life, with the database session of the worker ended in it: see killing.mjs.
import { everyStep } from "./killing.mjs";

everyStep("backend");
