/** @mortise/sdk: see README.md. */
export {
  api,
  ApiError,
  invalidate,
  navigate,
  PluginGate,
  toast,
  useConnection,
  useEvents,
  useMe,
  useQuery,
  version,
} from './host';
export type { Me, MtEvent, Problem, RequestOptions, ToastInput } from './host';
export { messageOf, pluginApi, type PluginApi } from './plugin-api';
export { useAction, useApi, useEvent, useMay, useNow, type Action, type Answer } from './hooks';
export { useStored } from './storage';
export { Empty, Loading, Moment, ProblemAlert } from './ui';
export type { CorePermission, RenderType, SlotId, SlotProps } from './slots';
export type { Json, OwnPermission, Permission } from './types';
