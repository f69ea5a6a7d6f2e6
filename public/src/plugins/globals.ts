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
import { isOfPlugin, type Push } from '../events/client';
import { events, useConnection } from '../events/live';
import { navigate } from '../router/router';
import {
  companyDayAt,
  dayAt,
  formatDate,
  formatDay,
  formatNumber,
  texts,
  useLanguage,
} from '../text';
import { toast } from '../toasts/store';
import { VERSION } from '../version';
import { PluginGate } from './gate';
import { usePluginEvents } from './own-events';

/** Load times of bundles in ms, for those who measure. */
export const loadTimes: Record<string, number> = {};

const Mortise = {
  version: VERSION,
  api,
  ApiError,
  download,
  useMe,
  useEvents: usePluginEvents,
  useConnection,
  useQuery,
  invalidate,
  toast,
  navigate,
  formatDate,
  formatDay,
  formatNumber,
  dayAt,
  companyDayAt,
  useLanguage,
  uiTexts: () => ({ loading: texts.loading, retry: texts.retry, failed: texts.failed }),
  PluginGate,
  /** What is pushed of this plugin and isn't kept. */
  onPush: (pluginKey: string, listener: (data: Push['data']) => void) =>
    events.onPush((push) => push.plugin === pluginKey && listener(push.data)),
  events: {
    subscribe: (listener: Parameters<typeof events.onEvent>[0]) =>
      events.onEvent((event) => isOfPlugin(event.type) || listener(event)),
    positions: () => events.positions(),
    state: () => events.state,
    transport: () => 'eventsource',
  },
  loadTimes,
};

export type MortiseGlobal = typeof Mortise;

const scope = window as unknown as Record<string, unknown>;

/** What plugins alone need of the app's own parts; a room that may use what this one may not. */
type LoadKit = () => Promise<{ kit: object }>;
let loadKit: LoadKit | null = null;

/** The small ones are there from the start. */
export function shareGlobals(kit: LoadKit): void {
  loadKit = kit;
  Object.assign(scope, {
    React,
    ReactDOM: { ...ReactDOM, ...ReactDOMClient },
    jsxRuntime,
    ReactJSXRuntime: jsxRuntime,
    Mortise,
  });
}

let shared: Promise<typeof import('./shared')> | null = null;

/** Emotion, React Router and the frame of MUI are a chunk of their own, fetched before the first bundle. */
function loadShared() {
  shared ??= import('./shared').then(
    (all) => {
      const { MUI, contract, emotionReact, emotionStyled, ReactRouterDOM } = all;
      Object.assign(Mortise, contract);
      Object.assign(scope, { MUI, MaterialUI: MUI, emotionReact, emotionStyled, ReactRouterDOM });
      return all;
    },
    (error) => {
      shared = null;
      throw error;
    },
  );
  return shared;
}

async function shareKit(): Promise<void> {
  if (!scope.MortiseUI && loadKit) scope.MortiseUI = (await loadKit()).kit;
}

/** What this script wants of the libraries is there when it runs. */
export async function shareLibraries(script: Promise<string>): Promise<void> {
  const { loadMui } = await loadShared();
  const text = await script;
  await Promise.all([loadMui(text), text.includes('MortiseUI') && shareKit()]);
}
