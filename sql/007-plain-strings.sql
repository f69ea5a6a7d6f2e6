-- 007-plain-strings.sql - a plugin's session can't change what notify() means.
--
-- A session may set standard_conforming_strings off before a function is first read there, and then its
-- patterns lose their backslashes. notify() is the core's only function with patterns that plugins call;
-- those that the bootstrap files make have none.

set local role mortise_auth;
alter function notify(text, text, jsonb) set standard_conforming_strings = on;
reset role;
