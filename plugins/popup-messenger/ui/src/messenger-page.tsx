/** One's conversations, and the one that is open. On a phone either has the whole screen. */
import { useEffect } from "react";
import { Badge, Box, Stack, Typography, useMediaQuery } from "@mui/material";
import {
  Loading,
  Moment,
  PluginLink,
  ProblemAlert,
  useMe,
  usePluginPath,
  usePresence,
  useTexts,
  type PropsOf,
} from "@mortise/sdk";
import { EmptyState, PersonPicker } from "@mortise/ui";
import { HERE, plugin, useConversations, type Conversation } from "./api";
import { ConversationPane } from "./conversation";
import { TEXTS } from "./texts";

const NARROW = "(max-width: 800px)";

function Entry(props: { of: Conversation; isOpen: boolean; isHere: boolean }) {
  const t = useTexts(TEXTS);
  const { of, isOpen, isHere } = props;
  const last = of.last ?? "";
  return (
    <Box
      component="li"
      sx={{
        borderRadius: 1,
        bgcolor: isOpen ? "action.selected" : undefined,
        "& a": {
          display: "block",
          p: 1,
          minHeight: 44,
          color: "inherit",
          textDecoration: "none",
        },
      }}
    >
      <PluginLink
        to={`/with/${of.userId}`}
        aria-current={isOpen ? "true" : undefined}
      >
        <Stack direction="row" spacing={1} sx={{ alignItems: "center" }}>
          <Typography
            component="span"
            noWrap
            sx={{ flex: 1, fontWeight: of.unread ? 600 : 400 }}
          >
            {of.name}
            {isHere && (
              <Typography
                component="span"
                variant="caption"
                color="success.main"
              >
                {" "}
                ● {t("here")}
              </Typography>
            )}
          </Typography>
          {of.unread > 0 && (
            <Badge
              badgeContent={of.unread}
              max={99}
              color="primary"
              aria-label={t("unread", { n: of.unread })}
              sx={{ mx: 1.5 }}
            />
          )}
          <Typography
            component="span"
            variant="caption"
            color="text.secondary"
            noWrap
          >
            <Moment iso={of.lastAt} />
          </Typography>
        </Stack>
        <Typography
          component="span"
          variant="body2"
          color="text.secondary"
          noWrap
          sx={{ display: "block" }}
        >
          {of.lastIsMine ? t("you", { text: last }) : last}
        </Typography>
      </PluginLink>
    </Box>
  );
}

function List({ open }: { open: string | null }) {
  const t = useTexts(TEXTS);
  const me = useMe();
  const { go } = usePluginPath();
  const { data, error, refresh } = useConversations();
  const { others } = usePresence(plugin, HERE);
  const here = new Set(others.map((p) => p.userId));
  return (
    <Stack spacing={2}>
      <PersonPicker
        label={t("to")}
        value=""
        onChange={(id) => id && id !== me.id && go(`/with/${id}`)}
      />
      {!data ? (
        error ? (
          <ProblemAlert error={error} onRetry={refresh} />
        ) : (
          <Loading />
        )
      ) : data.items.length === 0 ? (
        <EmptyState title={t("none")} text={t("noneText")} />
      ) : (
        <Box
          component="ul"
          aria-label={t("conversations")}
          sx={{ m: 0, p: 0, listStyle: "none" }}
        >
          {data.items.map((c) => (
            <Entry
              key={c.id}
              of={c}
              isOpen={c.userId === open}
              isHere={here.has(c.userId)}
            />
          ))}
        </Box>
      )}
    </Stack>
  );
}

export function MessengerPage({
  params,
  onTitle,
}: PropsOf<"plugin.page", "page">) {
  const t = useTexts(TEXTS);
  const open = params.userId ?? null;
  const isNarrow = useMediaQuery(NARROW);
  const { data } = useConversations();
  const name = data?.items.find((c) => c.userId === open)?.name ?? null;
  useEffect(() => onTitle(name), [onTitle, name]);
  const pane = open ? (
    <ConversationPane key={open} userId={open} />
  ) : (
    <EmptyState title={t("choose")} text={t("chooseText")} />
  );
  if (isNarrow)
    return open ? (
      <Box sx={{ height: "calc(100dvh - 190px)", minHeight: 320 }}>{pane}</Box>
    ) : (
      <List open={null} />
    );
  return (
    <Box
      sx={{
        display: "grid",
        gridTemplateColumns: "minmax(220px, 300px) 1fr",
        gap: 3,
        height: "calc(100dvh - 130px)",
        minHeight: 320,
      }}
    >
      <Box sx={{ overflowY: "auto", pt: 1 }}>
        <List open={open} />
      </Box>
      <Box sx={{ minHeight: 0 }}>{pane}</Box>
    </Box>
  );
}
