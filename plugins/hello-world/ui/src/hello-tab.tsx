/** The ticket's tab: asks the plugin's one route. */
import { Typography } from "@mui/material";
import { Loading, pluginApi, ProblemAlert, useApi } from "@mortise/sdk";

const plugin = pluginApi("hello-world");

export function HelloTab() {
  const hello = useApi<{ hello: string; from: string }>(
    plugin,
    "/hello/:whom",
    { whom: "world" },
  );

  if (hello.error)
    return <ProblemAlert error={hello.error} onRetry={hello.refresh} />;
  if (!hello.data) return <Loading rows={1} />;
  return (
    <Typography>
      Hello, {hello.data.hello}! says {hello.data.from}.
    </Typography>
  );
}
