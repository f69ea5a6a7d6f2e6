/** The components that manifest.json names. */
export { MyPluginTab } from "./tab";
