/**
 * The platform's own functions. They are not part of a bundle: the page has one of each, and this takes
 * them from there, so that a plugin shares its session, cache and events.
 */
import type * as Platform from './platform';

const platform = (globalThis as unknown as { Mortise: typeof Platform }).Mortise;

export const {
  api,
  ApiError,
  download,
  upload,
  useMe,
  useEvents,
  useConnection,
  useQuery,
  invalidate,
  onPush,
  toast,
  navigate,
  PluginGate,
  apiServices,
  dayAt,
  companyDayAt,
  formatDate,
  formatDay,
  formatNumber,
  uiTexts,
  useLanguage,
  PLUGIN_SLOTS,
  PluginLink,
  PluginSlot,
  useIsPluginInstalled,
  usePluginInstallation,
  usePluginPath,
  usePluginRegistry,
  usePlugins,
  version,
} = platform;

export type ApiError = Platform.ApiError;
export type {
  Me,
  MtEvent,
  PluginComponent,
  PluginInstallation,
  PluginPath,
  PluginTab,
  Problem,
  RequestOptions,
  ToastInput,
} from './platform';
