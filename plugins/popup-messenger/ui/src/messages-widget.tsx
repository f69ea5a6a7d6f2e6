/** On the dashboard: who has written what one hasn't read. */
import { Box, Typography } from "@mui/material";
import { Loading, PluginLink, ProblemAlert, useTexts } from "@mortise/sdk";
import { useConversations } from "./api";
import { TEXTS } from "./texts";

const ROWS = 5;

export function MessagesWidget() {
  const t = useTexts(TEXTS);
  const { data, error, refresh } = useConversations();
  if (!data)
    return error ? (
      <ProblemAlert error={error} onRetry={refresh} />
    ) : (
      <Loading rows={3} />
    );
  const unread = data.items.filter((c) => c.unread > 0);
  return (
    <>
      {unread.length === 0 && (
        <Typography color="text.secondary">{t("noneNew")}</Typography>
      )}
      <Box component="ul" sx={{ m: 0, p: 0, listStyle: "none" }}>
        {unread.slice(0, ROWS).map((c) => (
          <Box component="li" key={c.id} sx={{ py: 0.75 }}>
            <PluginLink to={`/with/${c.userId}`}>{c.name}</PluginLink>
            <Typography variant="body2" color="text.secondary" noWrap>
              {c.last}
            </Typography>
          </Box>
        ))}
      </Box>
      <PluginLink to="/">{t("back")}</PluginLink>
    </>
  );
}
