-- pools.sql - statements of relay/pools.c; see scripts/embed-sql.
-- as: mortise_steward

-- The version that was left: the api pools believe in it for half a second (auth/lease.h), and what they sent
-- there arrives within milliseconds.
-- part: left_for
interval '2 s'

-- Packages that somebody uses or is about to use or to leave (hooks run in those states); one that
-- somebody is moving to; and one that was left a moment ago, for requests that are on their way to it.
-- The last column is in how many milliseconds the set may be another without a notice: an operation on
-- another host ends, or what was left is not wanted any more. NULL = not soon.
-- name: pools_wanted
select p.plugin_key, p.sha256, n.number, f.sha256, p.version, p.signature, p.blake2b,
  p.refused_at is not null,
  least((select 500 from mortise.journal where op in ('upgrade', 'rollback') limit 1),
    (select greatest(250, ceil(1000 * extract(epoch from min(l.at) + ${left_for} - now())))
    from (select max(left_at) as at from mortise.installations where state = 'enabled'
      and left_at > now() - ${left_for} group by left_sha256) l)::int)
from mortise.plugin_packages p
join mortise.plugins n on n.key = p.plugin_key
join mortise.plugin_files f on f.package_sha256 = p.sha256 and f.path = 'plugin.so'
where p.quarantined_at is null and (exists (select from mortise.installations i
    where i.package_sha256 = p.sha256 and i.state in ('installing', 'enabled', 'removing'))
  or exists (select from mortise.journal j where j.op in ('upgrade', 'rollback')
    and j.detail ->> 'sha256' = p.sha256)
  or exists (select from mortise.installations i where i.left_sha256 = p.sha256
    and i.state = 'enabled' and i.left_at > now() - ${left_for}))
order by p.plugin_key, p.sha256

-- Does anybody have this package? As undo_used of install/undo.sql.
-- name: pools_used
select 1 from mortise.installations where $1 in (package_sha256, previous_sha256, left_sha256)
union all select 1 from mortise.journal where detail ->> 'sha256' = $1 limit 1

-- For the api pool, which reports why a call can't be served.
-- name: pools_refuse
update mortise.plugin_packages set refused_at = case when $2::bool then now() end
where sha256 = $1
