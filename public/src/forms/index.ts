/** The settings of an installed plugin. Pages place <PluginSettings installation={…} />. */
export { PluginSettings, useConfiguration, type PluginSettingsProps } from './plugin-settings';
export { SettingsForm, type SettingsFormProps } from './settings-form';
export type {
  Configuration,
  SentValues,
  Setting,
  SettingType,
  SettingValue,
  TestResult,
} from './types';
