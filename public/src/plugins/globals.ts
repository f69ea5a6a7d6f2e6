/**
 * What the host shares with plugin bundles. They are built with react, MUI and emotion left out and
 * find them here, so that all of them work in one React tree with one theme.
 */
import * as React from 'react';
import * as jsxRuntime from 'react/jsx-runtime';
import * as ReactDOM from 'react-dom';
import * as ReactDOMClient from 'react-dom/client';
import { api, ApiError } from '../api/client';
import { download } from '../api/download';
import { invalidate, useQuery } from '../api/query';
import { useMe } from '../auth/session';
import { events, useConnection, useEvents } from '../events/live';
import { navigate } from '../router/router';
import { toast } from '../toasts/store';
import { VERSION } from '../version';
import { PluginGate } from './gate';

/** Load times of bundles in ms, for those who measure. */
export const loadTimes: Record<string, number> = {};

const Mortise = {
  version: VERSION,
  api,
  ApiError,
  download,
  useMe,
  useEvents,
  useConnection,
  useQuery,
  invalidate,
  toast,
  navigate,
  PluginGate,
  events: {
    subscribe: (listener: Parameters<typeof events.onEvent>[0]) => events.onEvent(listener),
    positions: () => events.positions(),
    state: () => events.state,
    transport: () => 'eventsource',
  },
  loadTimes,
};

export type MortiseGlobal = typeof Mortise;

const scope = window as unknown as Record<string, unknown>;

/** The small ones are there from the start. */
export function shareGlobals(): void {
  Object.assign(scope, {
    React,
    ReactDOM: { ...ReactDOM, ...ReactDOMClient },
    jsxRuntime,
    ReactJSXRuntime: jsxRuntime,
    Mortise,
  });
}

let shared: Promise<void> | null = null;

/** MUI, emotion and React Router are chunks of their own, fetched before the first bundle. */
export function shareLibraries(): Promise<void> {
  shared ??= import('./shared').then(
    ({ MUI, ...others }) => {
      Object.assign(scope, { MUI, MaterialUI: MUI, ...others });
    },
    (error) => {
      shared = null;
      throw error;
    },
  );
  return shared;
}
