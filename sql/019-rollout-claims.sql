-- 019-rollout-claims.sql - one worker moves a rollout on at a time; another takes it over when that one died.

alter table plugin_rollouts add column claimed_until timestamptz;
comment on column plugin_rollouts.claimed_until is 'Until when a worker of the admin pool has it in hand.';
