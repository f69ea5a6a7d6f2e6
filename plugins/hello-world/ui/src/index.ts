export { HelloTab } from "./hello-tab";
