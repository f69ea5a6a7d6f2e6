/** @mortise/sdk: see README.md. */
export {
  api,
  ApiError,
  apiServices,
  companyDayAt,
  dayAt,
  formatDate,
  formatDay,
  formatNumber,
  invalidate,
  navigate,
  PLUGIN_SLOTS,
  PluginGate,
  PluginLink,
  PluginSlot,
  toast,
  useConnection,
  useEvents,
  useIsPluginInstalled,
  useLanguage,
  useMe,
  usePluginInstallation,
  usePluginPath,
  usePluginRegistry,
  usePlugins,
  useQuery,
  version,
} from './host';
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
} from './host';
export { messageOf, pluginApi, type PluginApi } from './plugin-api';
export {
  useAction,
  useApi,
  useEvent,
  useLive,
  useMay,
  useNow,
  type Action,
  type Answer,
  type LiveEvent,
} from './hooks';
export { usePresence, useTyping, type Person, type Presence, type Typing } from './presence';
export {
  pluginFiles,
  usePluginFiles,
  type PluginFile,
  type PluginFiles,
  type PluginFilesAnswer,
  type UploadOptions,
} from './plugin-files';
export {
  pluginStorage,
  usePluginStorage,
  type FormerVersion,
  type PluginStorage,
  type StorageOptions,
  type Stored,
  type StoredAnswer,
} from './plugin-storage';
export { useStored } from './storage';
export { useTexts, type Catalogue, type Forms, type Say } from './texts';
export { Empty, Loading, Moment, ProblemAlert } from './ui';
export type {
  CorePermission,
  ModalProps,
  PropsOf,
  RenderType,
  SharedProps,
  SlotId,
  SlotProps,
} from './slots';
export type {
  ApiServices,
  Json,
  OwnPermission,
  Permission,
  ServiceConfig,
  ServiceReply,
} from './types';
