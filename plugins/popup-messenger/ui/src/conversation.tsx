/** What two people have written, and the line to write in. */
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
} from "react";
import {
  Alert,
  Box,
  Button,
  Stack,
  TextField,
  Typography,
} from "@mui/material";
import {
  Loading,
  Moment,
  ProblemAlert,
  useAction,
  useApi,
  useLive,
  useTexts,
  useTyping,
} from "@mortise/sdk";
import { plugin, type Message, type Raised, type With } from "./api";
import { TEXTS } from "./texts";

const PAGE = 50;
const OLDER_MAX = 200;

function Bubble({ message, read }: { message: Message; read: boolean }) {
  const t = useTexts(TEXTS);
  return (
    <Box
      component="li"
      data-mine={message.mine}
      sx={{
        alignSelf: message.mine ? "flex-end" : "flex-start",
        maxWidth: "85%",
        px: 1.5,
        py: 0.75,
        borderRadius: 2,
        bgcolor: message.mine ? "action.selected" : "action.hover",
      }}
    >
      <Typography sx={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {message.body}
      </Typography>
      <Typography variant="caption" color="text.secondary" component="p">
        <Moment iso={message.sentAt} />
        {read && ` · ${t("read")}`}
      </Typography>
    </Box>
  );
}

function Composer({
  to,
  conversationId,
}: {
  to: With;
  conversationId: string | null;
}) {
  const t = useTexts(TEXTS);
  const [text, setText] = useState("");
  const place = useTyping(
    plugin,
    conversationId && `conversation:${conversationId}`,
  );
  const send = useAction(async () => {
    await plugin.post<Message>("/send-message", {
      toUserId: to.userId,
      message: text.trim(),
    });
    setText("");
    place.onStop();
    plugin.refresh();
  });
  const other = place.typing.find((p) => p.userId === to.userId);
  const submit = () => text.trim() && !send.busy && void send.run();
  return (
    <Box
      component="form"
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      <Typography
        role="status"
        variant="caption"
        color="text.secondary"
        component="p"
        sx={{ minHeight: 20 }}
      >
        {other && t("typing", { name: to.name })}
      </Typography>
      <Stack direction="row" spacing={1} sx={{ alignItems: "flex-end" }}>
        <TextField
          multiline
          maxRows={6}
          size="small"
          label={t("message")}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            place.onType();
          }}
          onBlur={() => place.onStop()}
          onKeyDown={(e: KeyboardEvent) => {
            if (e.key !== "Enter" || e.shiftKey || e.nativeEvent.isComposing)
              return;
            e.preventDefault();
            submit();
          }}
          slotProps={{ htmlInput: { maxLength: 2000 } }}
        />
        <Button
          type="submit"
          variant="contained"
          disabled={!text.trim()}
          loading={send.busy}
        >
          {t("send")}
        </Button>
      </Stack>
    </Box>
  );
}

/** While the page is looked at, what is there is read. */
function useReading(userId: string, newest: Message | undefined) {
  const [seen, setSeen] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setSeen(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  const id = newest && !newest.mine ? newest.id : null;
  useEffect(() => {
    if (id && seen)
      void plugin
        .post("/conversations/:userId/read", {}, { userId })
        .catch(() => {}); // it is read the next time
  }, [id, seen, userId]);
}

export function ConversationPane({ userId }: { userId: string }) {
  const t = useTexts(TEXTS);
  const [limit, setLimit] = useState(PAGE);
  const end = useRef<HTMLUListElement>(null);
  const other = useApi<With>(plugin, "/conversations/:userId", { userId });
  const messages = useApi<{ items: Message[]; nextCursor: string | null }>(
    plugin,
    "/conversations/:userId/messages",
    { userId },
    { query: { limit } },
  );
  const again = useCallback(
    (data: Raised) => {
      // Of a conversation that isn't known here yet it may be the first one.
      if (!other.data?.id || data.conversationId === other.data.id) {
        other.refresh();
        messages.refresh();
      }
    },
    [other, messages],
  );
  useLive<Raised>(plugin, "Message", again);
  useLive<Raised>(plugin, "Read", again);
  const items = messages.data?.items;
  const newest = items?.[0];
  useReading(userId, newest);
  useLayoutEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [newest?.id]);
  const error = other.error ?? messages.error;
  if (!other.data || !items)
    return error ? (
      <ProblemAlert
        error={error}
        onRetry={() => {
          other.refresh();
          messages.refresh();
        }}
      />
    ) : (
      <Loading />
    );
  const { name, active, readAt } = other.data;
  const isRead = (m: Message) =>
    m.mine && readAt !== null && Date.parse(m.sentAt) <= Date.parse(readAt);
  const lastRead = items.find(isRead)?.id;
  const hasOlder = messages.data!.nextCursor !== null && limit < OLDER_MAX;
  return (
    <Stack spacing={1} sx={{ height: "100%", minHeight: 0 }}>
      {hasOlder && (
        <Button size="small" onClick={() => setLimit(OLDER_MAX)}>
          {t("older")}
        </Button>
      )}
      <Box
        ref={end}
        component="ul"
        role="log"
        aria-label={t("messages", { name })}
        tabIndex={0}
        sx={{
          flex: 1,
          minHeight: 160,
          m: 0,
          p: 0,
          overflowY: "auto",
          listStyle: "none",
          display: "flex",
          flexDirection: "column",
          gap: 1,
          "& > li:first-of-type": { mt: "auto" },
        }}
      >
        {items.length === 0 && (
          <Typography component="li" color="text.secondary">
            {t("first")}
          </Typography>
        )}
        {[...items].reverse().map((m) => (
          <Bubble key={m.id} message={m} read={m.id === lastRead} />
        ))}
      </Box>
      {active ? (
        <Composer to={other.data} conversationId={other.data.id} />
      ) : (
        <Alert severity="info" variant="outlined">
          {t("gone", { name })}
        </Alert>
      )}
    </Stack>
  );
}
